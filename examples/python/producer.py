"""Publishes an event and waits until it is delivered: POSTRIDER_API_KEY=pr_... python examples/python/producer.py

The API is plain HTTP and JSON, so the standard library is enough.
"""

import json
import os
import time
import urllib.error
import urllib.request

API_URL = os.environ.get("POSTRIDER_API_URL", "http://127.0.0.1:4400")
API_KEY = os.environ.get("POSTRIDER_API_KEY", "")


def call(method, path, body=None):
    request = urllib.request.Request(
        API_URL.rstrip("/") + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"authorization": f"Bearer {API_KEY}", "content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        # A problem document (RFC 9457): `detail` and `errors` say what to do.
        raise SystemExit(f"{method} {path} was answered {refused.code}: {refused.read().decode()}")


order_id = f"ord_{time.time_ns()}"
accepted = call(
    "POST",
    "/v1/events",
    {
        "type": "order.created",
        "data": {"order_id": order_id, "amount": 129.5},
        # If no answer comes, repeat the request: with the same key it is the same event, published once.
        "idempotency_key": f"{order_id}-created",
    },
)
# 202: the event is stored and will be delivered.
print(f"accepted: {accepted['id']}")

for _ in range(50):
    deliveries = call("GET", f"/v1/events/{accepted['id']}")["deliveries"]
    if deliveries and all(one["status"] == "delivered" for one in deliveries):
        break
    time.sleep(0.2)
for one in deliveries:
    print(f"{one['status']}: to {one['endpoint_id']}")
