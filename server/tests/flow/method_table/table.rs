//! The table itself, and what it says of each country.

use app::{AppError, model::Offer};
use server::domain::Role;

use Asked::{Nothing, Provider, Soon, Stopped};
use Company::{AtOnce, Coming, NoTexts, Off, Past, Unavailable};
use Role::{BeneficiaryApprover, CompanyAdmin, Disburser, Member, PayeeAdmin, PaymentsAdmin};
use Texts::{Everywhere, ForPayorsNever, InCompanyNever, UsOnly, WithSsoNever};

/// How a company's policy stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Company {
    /// Required, yet not in the roll-out.
    Unavailable,
    Off,
    /// Required without a date.
    AtOnce,
    /// Required from a day that has gone by.
    Past,
    /// Required from a day to come.
    Coming,
    /// Required without a date, and text messages switched off.
    NoTexts,
}

pub(super) const COMPANIES: [Company; 6] = [Unavailable, Off, AtOnce, Past, Coming, NoTexts];

/// What follows the password.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Asked {
    /// Signed in.
    Nothing,
    /// Signed in, with a banner that says from when on.
    Soon,
    /// No way round the enrolment.
    Stopped,
    /// The identity provider takes care of it; no local password and no local factor opens anything.
    Provider,
}

/// How far text messages reach, and why no further.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Texts {
    Everywhere,
    UsOnly,
    ForPayorsNever,
    WithSsoNever,
    InCompanyNever,
}

/// Each role, without and with an identity provider; what is asked under each of [`COMPANIES`]; text messages, and text
/// messages where the company has switched them off.
/// An app is open to everybody whom a page of Muster asks.
pub(super) const TABLE: [(Role, bool, [Asked; 6], Texts, Texts); 12] = [
    (Member, false, [Nothing, Nothing, Stopped, Stopped, Soon, Stopped], Everywhere, InCompanyNever),
    (CompanyAdmin, false, [Nothing, Nothing, Stopped, Stopped, Soon, Stopped], Everywhere, InCompanyNever),
    (PayeeAdmin, false, [Stopped, Stopped, Stopped, Stopped, Stopped, Stopped], UsOnly, InCompanyNever),
    (PaymentsAdmin, false, [Stopped, Stopped, Stopped, Stopped, Stopped, Stopped], ForPayorsNever, ForPayorsNever),
    (Disburser, false, [Stopped, Stopped, Stopped, Stopped, Stopped, Stopped], ForPayorsNever, ForPayorsNever),
    (
        BeneficiaryApprover,
        false,
        [Stopped, Stopped, Stopped, Stopped, Stopped, Stopped],
        ForPayorsNever,
        ForPayorsNever,
    ),
    (Member, true, [Provider, Provider, Provider, Provider, Provider, Provider], WithSsoNever, WithSsoNever),
    (CompanyAdmin, true, [Provider, Provider, Provider, Provider, Provider, Provider], WithSsoNever, WithSsoNever),
    (PayeeAdmin, true, [Stopped, Stopped, Stopped, Stopped, Stopped, Stopped], WithSsoNever, WithSsoNever),
    (PaymentsAdmin, true, [Stopped, Stopped, Stopped, Stopped, Stopped, Stopped], ForPayorsNever, ForPayorsNever),
    (Disburser, true, [Stopped, Stopped, Stopped, Stopped, Stopped, Stopped], ForPayorsNever, ForPayorsNever),
    (BeneficiaryApprover, true, [Stopped, Stopped, Stopped, Stopped, Stopped, Stopped], ForPayorsNever, ForPayorsNever),
];

/// Somebody with a role in each of two companies.
type TwoRoles = [(Role, Company); 2];

/// People with two roles.
pub(super) const MIXED: [(TwoRoles, Asked, Texts); 11] = [
    ([(Member, Off), (Member, AtOnce)], Stopped, Everywhere),
    ([(Member, Off), (CompanyAdmin, Coming)], Soon, Everywhere),
    ([(Member, Unavailable), (Member, Off)], Nothing, Everywhere),
    ([(Member, Coming), (Member, Past)], Stopped, Everywhere),
    ([(Member, Off), (PayeeAdmin, Off)], Stopped, UsOnly),
    ([(CompanyAdmin, AtOnce), (PayeeAdmin, Coming)], Stopped, UsOnly),
    ([(PayeeAdmin, Off), (Disburser, Off)], Stopped, ForPayorsNever),
    ([(Member, AtOnce), (BeneficiaryApprover, Unavailable)], Stopped, ForPayorsNever),
    ([(Member, Off), (Member, NoTexts)], Stopped, InCompanyNever),
    ([(PayeeAdmin, Off), (CompanyAdmin, NoTexts)], Stopped, InCompanyNever),
    ([(Member, Off), (PaymentsAdmin, NoTexts)], Stopped, ForPayorsNever),
];

/// People with two roles whose e-mail domain belongs to the first company.
pub(super) const MIXED_SSO: [(TwoRoles, Asked, Texts); 7] = [
    ([(Member, AtOnce), (Member, Off)], Provider, WithSsoNever),
    ([(CompanyAdmin, Coming), (Member, Unavailable)], Provider, WithSsoNever),
    ([(Member, Off), (Member, Coming)], Provider, WithSsoNever),
    ([(Member, Off), (Member, AtOnce)], Stopped, WithSsoNever),
    ([(Member, Off), (CompanyAdmin, NoTexts)], Stopped, WithSsoNever),
    ([(Member, Off), (PayeeAdmin, Off)], Stopped, WithSsoNever),
    ([(PayeeAdmin, Off), (Disburser, Coming)], Stopped, ForPayorsNever),
];

/// Country in the list, number, and the answer to people with [`Everywhere`], with [`UsOnly`], and without text messages.
pub(super) const NUMBERS: [(&str, &str, [Option<AppError>; 3]); 19] = [
    ("US", "(201) 555-0123", [None, None, NOT_OPEN]),
    ("CA", "(506) 234-5678", [None, US_ONLY, NOT_OPEN]),
    ("MX", "222 123 4567", [None, US_ONLY, NOT_OPEN]),
    ("GB", "07400 123456", [None, US_ONLY, NOT_OPEN]),
    ("IE", "085 012 3456", [None, US_ONLY, NOT_OPEN]),
    ("FR", "06 12 34 56 78", [None, US_ONLY, NOT_OPEN]),
    ("DE", "01512 3456789", [None, US_ONLY, NOT_OPEN]),
    ("ES", "612 34 56 78", [None, US_ONLY, NOT_OPEN]),
    ("IT", "312 345 6789", [None, US_ONLY, NOT_OPEN]),
    ("AU", "0412 345 678", [None, US_ONLY, NOT_OPEN]),
    ("NZ", "021 123 4567", [None, US_ONLY, NOT_OPEN]),
    ("SG", "8123 4567", [None, US_ONLY, NOT_OPEN]),
    ("HK", "5123 4567", [None, US_ONLY, NOT_OPEN]),
    // The country is that of the number, not the one that was chosen.
    ("US", "+44 7400 123456", [None, US_ONLY, NOT_OPEN]),
    ("US", "+1 506 234 5678", [None, US_ONLY, NOT_OPEN]),
    // Jamaica, Belgium, a premium number, a fixed line: nobody's.
    ("US", "+1 876 210 1234", [OUT_OF_REACH, OUT_OF_REACH, OUT_OF_REACH]),
    ("BE", "0470 12 34 56", [OUT_OF_REACH, OUT_OF_REACH, OUT_OF_REACH]),
    ("US", "1-900-234-5678", [PREMIUM, PREMIUM, PREMIUM]),
    ("GB", "020 7946 0018", [NOT_MOBILE, NOT_MOBILE, NOT_MOBILE]),
];
const NOT_OPEN: Option<AppError> = Some(AppError::MethodNotAllowed);
const US_ONLY: Option<AppError> = Some(AppError::PhoneUsOnly);
const OUT_OF_REACH: Option<AppError> = Some(AppError::PhoneCountry);
const PREMIUM: Option<AppError> = Some(AppError::PhonePremium);
const NOT_MOBILE: Option<AppError> = Some(AppError::PhoneNotMobile);

/// The list of the page for somebody with [`Everywhere`].
pub(super) const LIST: [&str; 13] = [
    "United States (+1)",
    "Canada (+1)",
    "Mexico (+52)",
    "United Kingdom (+44)",
    "Ireland (+353)",
    "France (+33)",
    "Germany (+49)",
    "Spain (+34)",
    "Italy (+39)",
    "Australia (+61)",
    "New Zealand (+64)",
    "Singapore (+65)",
    "Hong Kong (+852)",
];

pub(super) const PAYORS: &str = "You approve payments. Text messages can be stolen by moving a phone number to another phone, so \
                      payments need an app.";
pub(super) const SSO: &str = "Your company’s own sign-in does this for you. Here, only an app adds to it.";
pub(super) const AT_COMPANY: &str = "You sign in at your company, so no password and no code opens your account here. Use your company’s \
                         sign-in, or ask your IT department.";
pub(super) const COMPANY: &str = "Your company has switched text messages off. The app is safer anyway.";
pub(super) const SWITCHED_OFF: &str = "Text messages are not switched on for this sign-in. The app is safer anyway.";
pub(super) const ONLY_13: &str = "We only send texts where they arrive reliably.";
pub(super) const ONLY_US: &str = "You are paid through this site, so codes go to US numbers only.";
pub(super) const NOT_US: &str =
    "Your role handles money, so only a number from the United States will do. Type one, or use an app.";
pub(super) const ANOTHER_WAY: &str = "This way is not open to your account. Pick another one.";

impl Texts {
    /// What the page of methods says.
    pub(super) fn offer(self) -> Offer {
        match self {
            Everywhere | UsOnly => Offer::Open,
            ForPayorsNever => Offer::NotForPayors,
            WithSsoNever => Offer::NotWithSso,
            InCompanyNever => Offer::NotInCompany,
        }
    }

    /// The column of [`NUMBERS`].
    pub(super) fn column(self) -> usize {
        match self {
            Everywhere => 0,
            UsOnly => 1,
            ForPayorsNever | WithSsoNever | InCompanyNever => 2,
        }
    }
}
