"""Receives webhooks and verifies them: WEBHOOK_SECRET=whsec_... python examples/python/receiver.py

The secret is the endpoint's, from the response of POST /v1/endpoints.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

try:
    webhook = Webhook(os.environ["WEBHOOK_SECRET"])
except KeyError:
    sys.exit("Set WEBHOOK_SECRET to the secret of your endpoint (whsec_...).")

# A webhook may arrive more than once, with the same id. In production, store the ids where they survive a restart.
seen = set()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        # The signature covers the raw bytes of the body: verify before you parse.
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        try:
            webhook.verify(body, dict(self.headers), json_parse=False)
        except (WebhookVerificationError, ValueError) as fault:
            # Forged, tampered with, or older than five minutes. Any status but 2xx rejects it.
            print(f"refused: {fault}", flush=True)
            return self.answer(401)

        # Acknowledge within the timeout (by default 15 seconds), and process afterwards.
        self.answer(204)
        webhook_id = self.headers["webhook-id"]
        if webhook_id not in seen:
            seen.add(webhook_id)
            print(f"verified: {webhook_id} {body.decode()}", flush=True)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        """Disables the request log."""


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "4301"))), Receiver)
print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
server.serve_forever()
