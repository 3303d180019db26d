//! Many rows in one parameter: a JSON array of arrays, which `json_each` takes apart in the database
//! (`json_each($1) r`, then `r.value ->> 0`). Bytes travel as hexadecimal digits, for `unhex`.

use data_encoding::HEXLOWER;
use serde_json::Value;

/// One value of a row.
pub(super) fn bytes(bytes: &[u8]) -> Value {
    HEXLOWER.encode(bytes).into()
}

/// The parameter.
pub(super) fn list(rows: impl IntoIterator<Item = Vec<Value>>) -> String {
    Value::from_iter(rows).to_string()
}
