#!/bin/sh
# apprise 2.3.0: a message to a DingTalk robot whose security setting is 加签 carries a signature that no server can
# accept, and `notify()` says SUCCESS although the answer says that it was refused.
#
# DingTalk wants sign = urlencode(base64(HMAC-SHA256(secret, timestamp + "\n" + secret))), encoded once.  apprise's
# `NotifyDingTalk.get_signature` encodes it, and hands it to requests as `params`, which encodes it again: `=`, which
# stands at the end of every signature of 32 bytes, arrives as the three characters `%3D`.  So it is never right, not
# only where a `+` or `/` happens to stand in it.  DingTalk answers 200 with errcode 310000; apprise looks at the
# status alone and says that the notification was sent.  Who sets up a robot with a secret sees "sent" and an empty
# group.
#
# Shown against a local HTTP server that recomputes the signature as DingTalk's page says; nothing of apprise is
# replaced but the address.
#
# Output seen:
#   sign as it should be:  ends with '='      : True
#   sign as it was decoded: ends with '%3D'   : True
#   right after one decoding: False  after a second: True
#   answer: 310000  notify() returned: <AppriseResult status='SUCCESS' count=1>
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "apprise==2.3.0" "requests==2.34.2" 2>/dev/null
cat >"$folder/shown.py" <<'PY'
import base64
import hashlib
import hmac
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import apprise
from apprise.plugins.dingtalk import NotifyDingTalk

SECRET = "SECabcdefgh0123456789"
seen = {}


class Robot(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        asked = parse_qs(urlsplit(self.path).query)
        text = f"{asked['timestamp'][0]}\n{SECRET}"
        seen["right"] = base64.b64encode(hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest()).decode()
        seen["given"] = asked["sign"][0]  # decoded once
        seen["code"] = 0 if seen["given"] == seen["right"] else 310000
        body = json.dumps({"errcode": seen["code"], "errmsg": "sign not match" if seen["code"] else "ok"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Robot)
threading.Thread(target=server.serve_forever, daemon=True).start()
NotifyDingTalk.notify_url = f"http://127.0.0.1:{server.server_port}/robot/send?access_token={{token}}"
one = apprise.Apprise()
assert one.add(f"dingtalk://{SECRET}@abcdef0123456789")
returned = one.notify(body="hello")
given, right = seen["given"], seen["right"]
print("sign as it should be:  ends with '='      :", right.endswith("="))
print("sign as it was decoded: ends with '%3D'   :", given.endswith("%3D"))
print("right after one decoding:", given == right, " after a second:", unquote(given) == right)
print("answer:", seen["code"], " notify() returned:", returned)
sys.exit(0 if given != right and unquote(given) == right and bool(returned) else 1)
PY
"$folder/venv/bin/python" "$folder/shown.py"
