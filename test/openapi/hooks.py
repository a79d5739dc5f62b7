"""Rules that the document cannot express for schemathesis. Each exception gives its reason; everything else fails."""

import atexit
import json
import os
import re
import urllib.request
from collections import Counter

import schemathesis

ADMIN_KEY_ID = os.environ["POSTRIDER_ADMIN_KEY_ID"]
UNKNOWN_KEY_ID = "key_00000000000000000000000000"
RECEIVER_URL = os.environ["POSTRIDER_RECEIVER_URL"]
EVENT_ID = os.environ["POSTRIDER_EVENT_ID"]
ENDPOINT_ID = os.environ["POSTRIDER_ENDPOINT_ID"]
UNKNOWN_ENDPOINT_ID = "ep_00000000000000000000000000"
UNREADABLE_ID = os.environ["POSTRIDER_UNREADABLE_ID"]

# Rules beyond JSON Schema: (path of the error, its message, why a schema cannot express it). A request that the schemas
# allow may be refused with 422 if every reported error is one of these.
BEYOND_SCHEMAS = [
    (r"since|until|from|to", r"Use a time (in the past|before|not after|from 1970 on)", "The clock, and the order of two members."),
    (r"name|group|subject|links\.\d+\.label|(\d+\.)?idempotency_key", r"printable characters only", "A class of Unicode that the generator ignores."),
    (r"expires_at", r"Use a time in the future", "The clock."),
    (r"endpoint_id", r"There is no endpoint with this id", "Stored state."),
    (r"(\d+\.)?version", r"Unknown version of this event type", "Stored state."),
    (r"(\d+\.)?data(\..*)?", r"", "Stored state: the schema registered for the type."),
    (r"versions\.\d+\.version", r"Duplicate version", "Two items together."),
    (r"(versions\.\d+\.)?(schema|example)(\..*)?", r"", "Being a JSON Schema, and valid against one."),
    (r"brand_color\.(light|dark)", r"Its contrast with", "A ratio of two colours."),
    (r"logo", r"not an image of the kind", "The bytes within base64."),
    (r"links\.\d+\.url", r"Use a URL that begins with", "Whether a text can be parsed as a URL."),
    (r"filter", r"Not a JMESPath expression|^This (can never match|never matches)", "The grammar of another language."),
    (r"event_id", r"There is no event with this id", "Stored state."),
    (r"idempotency_key", r"A key is of one tenant", "Two parameters together."),
    (r"retry_policy", r"All attempts must fit", "A sum over several members."),
    (r"secret", r'^Use "whsec_"|strict decoders reject', "The profile: another member, or stored state."),
    (r"signature_profile|signature\.key", r"rotate the secret first", "Stored state."),
    (r"signature_profile", r"sets this header", "Names compared in lower case."),
    (r"signature|standard_headers", r"an endpoint has one of them|webhooks must be signed", "Two members together."),
    (r"signature\.header", r"^Required", "Stored state: a change needs it only if the endpoint has no signature."),
    (r"signature\.(header|also)(\..*)?", r"is among them|sets this header", "Names compared in lower case."),
    (r"signature\.(content|format|also\..*)", r"exactly once|is no placeholder", "The grammar of placeholders."),
    (r"next|return_url|locale", r"^Use (a path within|an http:|a language tag)", "URLs, paths without steps back, and language tags."),
    (r"headers(\..*)?", r"Duplicate header|sets this header|keeps the value", "Names compared in lower case; stored state."),
    (r"(\d+\.)?idempotency_key", r"Differs from|Used by an earlier", "A header and the body, or two items, together."),
]


@schemathesis.hook
def before_call(context, case, kwargs):
    """Keeps requests on this machine, does not revoke the run's own key, and makes valid requests acceptable."""
    if case.path_parameters and case.path_parameters.get("id") == ADMIN_KEY_ID:
        case.path_parameters["id"] = UNKNOWN_KEY_ID
    body = case.body
    is_valid = case.meta is not None and case.meta.generation.mode.is_positive
    if isinstance(body, dict) and isinstance(body.get("url"), str) and (is_valid or body["url"].startswith("http")):
        # The egress policy decides whether a URL is allowed; a schema cannot express that.
        body["url"] = RECEIVER_URL
    if is_valid and case.operation.label == "GET /v1/events/{id}":
        # Outside of chains, no run ever found a valid event id by itself.
        case.path_parameters["id"] = EVENT_ID
    if is_valid and case.operation.label == "POST /v1/portal-sessions/redeem":
        # A code works once.
        case.body = {"code": new_code()}
    if case.operation.path.startswith("/v1/endpoints/{id}"):
        use_endpoint(case, is_valid)
    if is_valid and case.operation.label == "GET /v1/unreadable/{id}":
        case.path_parameters["id"] = UNREADABLE_ID
    if is_valid and case.query:
        # Only the API issues cursors, each for one query.
        case.query.pop("cursor", None)
    if is_valid and isinstance(body, list) and case.headers:
        # With a list, the header is refused.
        case.headers.pop("Idempotency-Key", None)


def new_code():
    """The code of a new session."""
    request = urllib.request.Request(
        os.environ["POSTRIDER_API_URL"] + "/v1/portal-sessions",
        data=b"{}",
        headers={"Authorization": "Bearer " + os.environ["POSTRIDER_API_KEY"]},
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)["url"].split("#code=")[1]


def use_endpoint(case, is_valid):
    """Outside of chains, valid requests are for an endpoint that no run deletes: those that it finds by itself may be gone."""
    if case.method == "DELETE":
        if case.path_parameters.get("id") == ENDPOINT_ID:
            case.path_parameters["id"] = UNKNOWN_ENDPOINT_ID
    elif is_valid and case.meta.phase.name.value != "stateful":
        case.path_parameters["id"] = ENDPOINT_ID


@schemathesis.hook
def filter_failure(context, failure, case, response):
    if type(failure).__name__ == "RejectedPositiveData":
        return not is_beyond_schemas(response)
    if response is not None and response.status_code == 431:
        # A URL of more than 16 KB, which the HTTP server refuses before the product sees it.
        return False
    if "?" in "".join(map(str, (case.path_parameters or {}).values())):
        # API Gateway decodes the path and cuts it there (local/gateway/event.ts): another path is answered.
        return False
    if type(failure).__name__ == "MissingHeaderNotRejected":
        # API Gateway answers 403, never 401, to a request without a signature.
        return not (case.path.startswith("/v1/iam/") and response.status_code == 403)
    return True


def is_beyond_schemas(response):
    errors = json.loads(response.content).get("errors", []) if response.status_code == 422 else []
    reasons = [reason_of(error) for error in errors]
    if not reasons or None in reasons:
        return False
    excused.update(set(reasons))
    return True


def reason_of(error):
    for path, message, reason in BEYOND_SCHEMAS:
        if re.fullmatch(path, error["path"]) and re.search(message, error["message"]):
            return reason
    return None


excused = Counter()


@atexit.register
def tell():
    with open("excused.json", "w") as file:
        json.dump(excused, file)
