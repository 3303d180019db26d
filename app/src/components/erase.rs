//! Type erasure that costs the browser half of what leptos' own does.
//!
//! [`AnyView`] keeps a second, asynchronous way to hydrate for every type it erases, for pages whose
//! code arrives late. Ours arrives in one piece and never takes that way, yet the linker cannot know.
//! The wrapper here answers it with the ordinary way, so that the other one is not built.

use leptos::{children::ToChildren, prelude::*};

/// Turns a view into the one type for all views.
pub trait Erase {
    /// The view as [`AnyView`].
    fn erase(self) -> AnyView;
}

#[cfg(not(feature = "hydrate"))]
impl<T: RenderHtml> Erase for T {
    fn erase(self) -> AnyView {
        self.into_any()
    }
}

#[cfg(feature = "hydrate")]
impl<T: RenderHtml> Erase for T {
    fn erase(self) -> AnyView {
        at_once::AtOnce(self).into_any()
    }
}

/// The children of our own components, erased by [`Erase`].
pub struct Body(pub Children);

impl<F, C> ToChildren<F> for Body
where
    F: FnOnce() -> C + Send + 'static,
    C: RenderHtml + Send + 'static,
{
    fn to_children(f: F) -> Self {
        Self(Box::new(move || f().erase()))
    }
}

#[cfg(feature = "hydrate")]
mod at_once {
    use leptos::{
        attr::{Attribute, any_attribute::AnyAttribute},
        prelude::{AddAnyAttr, Render, RenderHtml},
        tachys::{
            hydration::Cursor,
            view::{Position, PositionState},
        },
    };

    /// A view that hydrates in one go.
    pub(super) struct AtOnce<T>(pub(super) T);

    impl<T: Render> Render for AtOnce<T> {
        type State = T::State;

        fn build(self) -> Self::State {
            self.0.build()
        }

        fn rebuild(self, state: &mut Self::State) {
            self.0.rebuild(state);
        }
    }

    impl<T: RenderHtml> AddAnyAttr for AtOnce<T> {
        type Output<A: Attribute> = AtOnce<T::Output<A>>;

        fn add_any_attr<A: Attribute>(self, attr: A) -> Self::Output<A>
        where
            Self::Output<A>: RenderHtml,
        {
            AtOnce(self.0.add_any_attr(attr))
        }
    }

    impl<T: RenderHtml> RenderHtml for AtOnce<T> {
        type AsyncOutput = Self;
        type Owned = AtOnce<T::Owned>;

        const MIN_LENGTH: usize = T::MIN_LENGTH;
        const EXISTS: bool = T::EXISTS;

        fn dry_resolve(&mut self) {
            self.0.dry_resolve();
        }

        async fn resolve(self) -> Self::AsyncOutput {
            self
        }

        fn to_html_with_buf(
            self,
            buf: &mut String,
            position: &mut Position,
            escape: bool,
            mark_branches: bool,
            extra_attrs: Vec<AnyAttribute>,
        ) {
            self.0.to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
        }

        fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> Self::State {
            self.0.hydrate::<FROM_SERVER>(cursor, position)
        }

        // `hydrate_async` stays as the trait has it: it calls `hydrate`.

        fn into_owned(self) -> Self::Owned {
            AtOnce(self.0.into_owned())
        }
    }
}
