"""Says of each webhook on standard input (JSON) whether the library of Standard Webhooks takes it."""

import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError


def is_taken(secret, is_raw, headers, body):
    webhook = Webhook(secret.encode() if is_raw else secret)
    try:
        webhook.verify(body, headers, json_parse=False)
        return True
    except WebhookVerificationError:
        return False


cases = json.load(sys.stdin)
print(json.dumps([is_taken(one["secret"], one["isRaw"], one["headers"], one["body"]) for one in cases]))
