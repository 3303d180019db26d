//! Roles in a company.

use std::fmt;

/// What a person is in a company. A person may have several roles, in several companies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// One of the crew.
    Member,
    /// Runs the company's Directory and its policy.
    CompanyAdmin,
    /// Is paid through the platform.
    PayeeAdmin,
    /// Pays: submits disbursements.
    PaymentsAdmin,
    /// Pays: disburses.
    Disburser,
    /// Pays: approves beneficiaries.
    BeneficiaryApprover,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] = [
        Self::Member,
        Self::CompanyAdmin,
        Self::PayeeAdmin,
        Self::PaymentsAdmin,
        Self::Disburser,
        Self::BeneficiaryApprover,
    ];

    /// The name in the database and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::CompanyAdmin => "company-admin",
            Self::PayeeAdmin => "payee-admin",
            Self::PaymentsAdmin => "payments-admin",
            Self::Disburser => "disburser",
            Self::BeneficiaryApprover => "beneficiary-approver",
        }
    }

    /// Reads the name of a role.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// The payor roles: they pay, so an authenticator app is their only method.
    pub fn is_payor(self) -> bool {
        match self {
            Self::PaymentsAdmin | Self::Disburser | Self::BeneficiaryApprover => true,
            Self::Member | Self::CompanyAdmin | Self::PayeeAdmin => false,
        }
    }

    /// Asked for a second factor whatever the company's policy says (product.md, section 2).
    pub fn always_needs_mfa(self) -> bool {
        self.is_payor() || self == Self::PayeeAdmin
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
