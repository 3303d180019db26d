"""What pyotp says: the codes of keys at moments, and what it reads from `otpauth:` addresses.

Standard input: {"codes": [[key, seconds], ...], "uris": [uri, ...]}; standard output: the same, answered.
"""

import json
import sys

import pyotp


def read(uri):
    totp = pyotp.parse_uri(uri)
    return {
        "type": type(totp).__name__.lower(),
        "label": totp.name,
        "secret": totp.secret,
        "issuer": totp.issuer,
        "algorithm": totp.digest().name,
        "digits": totp.digits,
        "period": totp.interval,
    }


question = json.load(sys.stdin)
json.dump(
    {
        # By the step: `at` would go through the machine's time zone.
        "codes": [pyotp.TOTP(key).generate_otp(at // 30) for key, at in question.get("codes", [])],
        "uris": [read(uri) for uri in question.get("uris", [])],
    },
    sys.stdout,
)
