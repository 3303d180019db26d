//! The fields of each server function's form. One with any other field is refused (ENR-10).
//!
//! `#[server]` makes the type that a form is read into, and cannot be told to refuse what it does not know. That type
//! names its fields to whatever it is read from, so they are asked for here and stand nowhere a second time.

use leptos::server_fn::ServerFn;
use serde::{
    Deserializer,
    de::{DeserializeOwned, Error as _, Visitor, value::Error},
    forward_to_deserialize_any,
};

use super::{
    AcknowledgeRecoveryCode, AskReset, AuthenticatorPage, ChangeAuthenticator, ChangePassword, ChangePhone,
    ChooseMethod, ConfirmAuthenticator, ConfirmPhone, EmailPage, EndOtherSessions, EndSession, MethodPage,
    NewRecoveryCode, PasswordPage, PhoneCodePage, PhoneConfirmPage, PhonePage, RecoveryCodePage, RecoveryPage,
    RemoveAuthenticator, RemovePhone, RenewRecoveryCode, RequiredPage, ResendSetUpCode, ResendSignInCode,
    ResetPassword, SendConfirmCode, SendSetUpCode, SendSignInCode, SetLanguage, SetTheme, SignOut, StartSetUp,
    SubmitEmail, SubmitPassword, VerifyCode, VerifyPage, VerifyPhoneCode, VerifyRecoveryCode,
};

/// What a server function is posted.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// Its address.
    pub path: &'static str,
    /// The names of the fields that it may have.
    pub fields: &'static [&'static str],
}

/// The form of every server function. One that is not here is not there for anybody.
pub fn forms() -> [Form; 40] {
    [
        of::<EmailPage>(),
        of::<PasswordPage>(),
        of::<RequiredPage>(),
        of::<MethodPage>(),
        of::<AuthenticatorPage>(),
        of::<PhonePage>(),
        of::<PhoneConfirmPage>(),
        of::<PhoneCodePage>(),
        of::<RecoveryCodePage>(),
        of::<VerifyPage>(),
        of::<RecoveryPage>(),
        of::<SubmitEmail>(),
        of::<SubmitPassword>(),
        of::<VerifyCode>(),
        of::<VerifyRecoveryCode>(),
        of::<SignOut>(),
        of::<ChooseMethod>(),
        of::<ConfirmAuthenticator>(),
        of::<AcknowledgeRecoveryCode>(),
        of::<RenewRecoveryCode>(),
        of::<SendSetUpCode>(),
        of::<ResendSetUpCode>(),
        of::<ConfirmPhone>(),
        of::<SendSignInCode>(),
        of::<ResendSignInCode>(),
        of::<VerifyPhoneCode>(),
        of::<AskReset>(),
        of::<ResetPassword>(),
        of::<SetLanguage>(),
        of::<StartSetUp>(),
        of::<ChangeAuthenticator>(),
        of::<RemoveAuthenticator>(),
        of::<ChangePhone>(),
        of::<RemovePhone>(),
        of::<SendConfirmCode>(),
        of::<NewRecoveryCode>(),
        of::<ChangePassword>(),
        of::<EndSession>(),
        of::<EndOtherSessions>(),
        of::<SetTheme>(),
    ]
}

fn of<S: ServerFn + DeserializeOwned>() -> Form {
    let mut fields: &'static [&'static str] = &[];
    // No value comes of it: the question is all that counts.
    _ = S::deserialize(Names(&mut fields));
    Form { path: S::PATH, fields }
}

/// Has nothing to read, and notes what is asked for.
struct Names<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        Err(Error::custom("there is no value"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        Err(Error::custom("not a form"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_arguments() {
        let fields = |path| forms().into_iter().find(|form| form.path == path).unwrap().fields;
        assert_eq!(fields("/api/sign-in/password"), ["email", "password"]);
        assert_eq!(fields("/api/profile/password"), ["password", "code", "new_password", "end_others"]);
        assert!(fields("/api/sign-out").is_empty());
    }
}
