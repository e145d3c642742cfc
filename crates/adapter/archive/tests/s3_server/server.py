"""A real S3-compatible server for the tests: moto, with a guard in front of it.

Moto itself believes every signature and checksum. The guard does not: it computes the signature again with botocore,
which is AWS's own code, and the SHA-256 of what arrived. It can also fail on purpose. Usage: s3_server.py BUCKET.
Prints its port on the first line; ends when its standard input is closed.

Under /_test/ the test speaks to the guard in plain text:
POST fail "METHOD CONTAINS AFTER TIMES HOW": requests that match are let through AFTER times, then answered TIMES times
with status HOW, or not at all if HOW is "hang" or "drop". POST heal forgets that.
GET requests: one "METHOD path" a line; POST forget empties it. POST sent NEEDLE: how many bodies sent so far hold it.
GET objects: the bucket's keys, a line each. GET, PUT, DELETE object/KEY: an object, past all guards.
"""

import base64
import functools
import hashlib
import io
import socket
import sys
import threading
import time
from urllib.parse import parse_qs, urlencode

import boto3
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto import mock_aws
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

KEY, SECRET, TOKEN = "AKIATESTTESTTESTTEST", "a/secret+nobody/should+ever/print", "session+token/of/the+test=="
BUCKET = sys.argv[1]


class Guard:
    def __init__(self):
        self.moto = DomainDispatcherApplication(create_backend_app)
        self.lock = threading.Lock()
        self.rules = []
        self.seen = []
        self.bodies = []

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length)
        if path.startswith("/_test/"):
            return self.control(environ["REQUEST_METHOD"], path[len("/_test/") :], body, start_response)
        if environ.get("HTTP_TRANSFER_ENCODING"):
            return error(start_response, 501, "NotImplemented")
        with self.lock:
            self.seen.append((environ["REQUEST_METHOD"], path))
            if body:
                self.bodies.append(body)
            how = self.failure(environ["REQUEST_METHOD"], path)
        if how == "hang":
            time.sleep(120)
        if how == "drop":
            # Without this werkzeug would leave the connection open, and the client waiting.
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionResetError("as the test asked")
        if how:
            return error(start_response, how, {503: "SlowDown"}.get(how, "InternalError"))
        wrong = bad_signature(environ) or bad_checksum(environ, body)
        if wrong:
            return error(start_response, 400 if wrong == "BadDigest" else 403, wrong)
        # What moto is asked is what was signed, without the signature: moto believes everybody.
        environ["wsgi.input"] = io.BytesIO(body)
        query = [(k, v) for k, vs in parse_qs(environ["QUERY_STRING"], keep_blank_values=True).items() for v in vs]
        environ["QUERY_STRING"] = urlencode([(k, v) for k, v in query if not k.startswith("X-Amz-")])
        environ["HTTP_AUTHORIZATION"] = f"AWS4-HMAC-SHA256 Credential={KEY}/20260101/us-east-1/s3/aws4_request"
        return self.moto(environ, start_response)

    def failure(self, method, path):
        for rule in self.rules:
            if rule["method"] not in (method, "*") or rule["contains"] not in path:
                continue
            if rule["after"] > 0:
                rule["after"] -= 1
            elif rule["times"] > 0:
                rule["times"] -= 1
                return rule["how"]
        return None

    def control(self, method, what, body, start_response):
        answer = b""
        with self.lock:
            if what == "fail":
                verb, contains, after, times, how = body.decode().split()
                how = int(how) if how.isdigit() else how
                self.rules.append({"method": verb, "contains": contains, "after": int(after), "times": int(times), "how": how})
            elif what == "heal":
                self.rules = []
            elif what == "forget":
                self.seen = []
            elif what == "requests":
                answer = "\n".join(" ".join(request) for request in self.seen).encode()
            elif what == "sent":
                answer = str(sum(body in sent for sent in self.bodies)).encode()
            elif what == "objects":
                pages = client().get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
                answer = "\n".join(found["Key"] for page in pages for found in page.get("Contents", [])).encode()
            elif what.startswith("object/"):
                answer = self.object(method, what[len("object/") :], body)
        start_response("200 OK", [("Content-Type", "application/octet-stream"), ("Content-Length", str(len(answer)))])
        return [answer]

    def object(self, method, key, body):
        if method == "PUT":
            client().put_object(Bucket=BUCKET, Key=key, Body=body)
        elif method == "DELETE":
            client().delete_object(Bucket=BUCKET, Key=key)
        else:
            return client().get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return b""


def error(start_response, status, code):
    start_response(f"{status} Error", [("Content-Type", "application/xml")])
    return [f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>as the test asked</Message></Error>".encode()]


def bad_signature(environ):
    """Returns the code of what is wrong with a presigned request; nothing if it is signed as AWS would sign it."""
    query = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
    given = query.pop("X-Amz-Signature", [""])[0]
    if not given:
        return "AccessDenied"
    key, _, region, service, _ = query["X-Amz-Credential"][0].split("/")
    if key != KEY:
        return "InvalidAccessKeyId"
    if query.get("X-Amz-Security-Token", [TOKEN])[0] != TOKEN:
        return "InvalidToken"
    header = lambda name: environ.get("HTTP_" + name.upper().replace("-", "_"), "")
    signed = query["X-Amz-SignedHeaders"][0].split(";")
    unsigned = [n for n in ("x-amz-checksum-sha256", "if-none-match", "if-match") if header(n) and n not in signed]
    if unsigned:
        return "AccessDenied"
    url = f"http://{environ['HTTP_HOST']}{environ['RAW_URI'].split('?')[0]}?" + "&".join(
        part for part in environ["QUERY_STRING"].split("&") if not part.startswith("X-Amz-Signature=")
    )
    request = AWSRequest(environ["REQUEST_METHOD"], url, headers={name: header(name) for name in signed})
    auth = S3SigV4QueryAuth(Credentials(KEY, SECRET), service, region)
    request.context["timestamp"] = query["X-Amz-Date"][0]
    text = auth.string_to_sign(request, auth.canonical_request(request))
    return None if auth.signature(text, request) == given else "SignatureDoesNotMatch"


def bad_checksum(environ, body):
    if environ["REQUEST_METHOD"] != "PUT":
        return None
    stated = environ.get("HTTP_X_AMZ_CHECKSUM_SHA256")
    return None if stated == base64.b64encode(hashlib.sha256(body).digest()).decode() else "BadDigest"


@functools.cache
def client():
    return boto3.client("s3", aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name="us-east-1")


class Quiet(WSGIRequestHandler):
    def log_request(self, *_):
        pass


if __name__ == "__main__":
    with mock_aws():
        client().create_bucket(Bucket=BUCKET)
        server = make_server("127.0.0.1", 0, Guard(), threaded=True, request_handler=Quiet)
        print(server.server_port, flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()
