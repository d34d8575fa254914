"""An intranet with Caramelo's assistant, in Flask. ../README.md says how to start it."""

import json
import os
import re
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import quote, urlsplit

from flask import Flask, abort, redirect, render_template, request, session, stream_with_context
from werkzeug.exceptions import HTTPException

API = urlsplit(os.environ.get("CARAMELO_API_URL", "https://api.carameloai.com"))
SDK_URL = os.environ.get("CARAMELO_SDK_URL", "https://static.carameloai.com/sdk/latest/authenticated.js")
ORIGINS = os.environ.get("CARAMELO_ORIGINS", "https://*.carameloai.com wss://*.carameloai.com")
PROJECT_ID = os.environ["CARAMELO_PROJECT_ID"]
SECRET_TOKEN = os.environ["CARAMELO_SECRET_TOKEN"]

# In place of your own people and their passwords. One has a name that breaks a page which does not escape it.
PASSWORD = "demo"
PEOPLE = {
    "ana": {"id": 7, "name": "Ana Souza", "email": "ana@example.com", "lang": "pt"},
    "bo": {"id": 8, "name": "Bo Larsen", "email": "bo@example.com", "lang": "en"},
    "zoe": {"id": 9, "name": "Zoe <b>\"O'Neil\"</b></script>", "email": "zoe@example.com", "lang": "es"},
}

app = Flask(__name__)
app.secret_key = secrets.token_bytes()
app.config.update(SESSION_COOKIE_SAMESITE="Lax")  # behind https also SESSION_COOKIE_SECURE=True
signed_in = {}  # who, by the session's id, so that signing out ends it: Flask's sessions are cookies alone

# ---- The call ----

TIMEOUT = 3  # seconds for everything
MAX_BODY = 64 * 1024
pool = ThreadPoolExecutor(max_workers=16)  # of the calls under way


def call(person):
    """Returns the token. http.client follows no redirect."""
    deadline = time.monotonic() + TIMEOUT
    connect = HTTPSConnection if API.scheme == "https" else HTTPConnection
    with closing(connect(API.netloc, timeout=TIMEOUT)) as connection:
        body = {
            "secret_token": SECRET_TOKEN,
            "external_customer_id": str(person["id"]),
            "name": person["name"],
            "email": person["email"],
            "lang": person["lang"],
        }
        path = f"{API.path}/api/chatbox/project/{quote(PROJECT_ID, safe='')}/intranet-auth"
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        if response.status != 200:
            raise ValueError(f"status {response.status}")
        answer = b""
        while chunk := response.read1(MAX_BODY):
            answer += chunk
            if len(answer) > MAX_BODY or time.monotonic() > deadline:
                raise ValueError("it is too long, or takes too long")
    try:
        token = json.loads(answer)["real_time_access_token"]
    except Exception:  # whose text may quote the answer, and the secret in it
        raise ValueError("no JSON with a token") from None
    if not isinstance(token, str) or not token.strip():
        raise ValueError("no token")
    return token


def wait_for(started):
    """Returns the token of a call, or None: the page is whole without a chat. The timeouts of
    http.client are for each wait, so the whole is bounded here."""
    try:
        return started.result(timeout=TIMEOUT)
    except Exception as err:
        app.logger.warning("No chat: %s %s", type(err).__name__, err)
        return None


# ---- The pages ----

STRICT_POLICY = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


def chat_policy(nonce):
    """What a widget needs, and inline scripts by nonce alone."""
    return "; ".join([
        STRICT_POLICY,
        f"script-src 'nonce-{nonce}' {ORIGINS}",
        f"style-src 'self' 'unsafe-inline' {ORIGINS}",
        f"img-src 'self' data: blob: {ORIGINS}",
        f"font-src 'self' data: {ORIGINS}",
        f"connect-src 'self' {ORIGINS}",
        f"media-src data: blob: {ORIGINS}",
        f"frame-src {ORIGINS}",
        f"worker-src blob: {ORIGINS}",
    ])


@app.before_request
def refuse_other_sites():
    """A form of another site has another Origin. SameSite alone lets sibling subdomains through, and the sign-in."""
    if request.method == "POST" and request.headers.get("Origin", "").split("://")[-1] != request.host:
        abort(403, "This form came from another site")


@app.after_request
def set_headers(response):
    response.headers["Cache-Control"] = "no-store"
    response.headers.setdefault("Content-Security-Policy", STRICT_POLICY)
    return response


@app.get("/login")
def login_form():
    if session.get("id") in signed_in:
        return redirect("/")
    return render_template("login.html", password=PASSWORD)


@app.post("/login")
def login():
    user = request.form.get("user")
    if user not in PEOPLE or request.form.get("password") != PASSWORD:
        return render_template("login.html", password=PASSWORD, message="The name or the password is wrong."), 422
    session["id"] = secrets.token_urlsafe()
    signed_in[session["id"]] = PEOPLE[user]
    return redirect("/", 303)


@app.post("/logout")
def logout():
    signed_in.pop(session.pop("id", None), None)
    response = redirect("/login", 303)
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


@app.get("/")
def home():
    person = signed_in.get(session.get("id"))
    if person is None:
        return redirect("/login")
    ahead = f'{request.headers.get("Sec-Purpose")} {request.headers.get("Purpose")}'
    if re.search("prefetch|prerender", ahead):
        return "", 503  # browsers ask again when somebody wants the page
    nonce = secrets.token_urlsafe(16)
    headers = {"Content-Security-Policy": chat_policy(nonce), "X-Accel-Buffering": "no"}
    if request.method == "HEAD":  # Flask runs the handler of GET for it
        return "", headers
    page = render_template("home.html", person=person, nonce=nonce)  # first what can fail
    started = pool.submit(call, person)

    @stream_with_context
    def parts():
        yield page  # all of it, up to the tail
        token = wait_for(started)
        chat = token and {"secure_connection_token": token, "project_id": PROJECT_ID}
        yield render_template("tail.html", chat=chat, nonce=nonce, sdk_url=SDK_URL)

    return parts(), headers


@app.errorhandler(Exception)
def error_page(err):
    if not isinstance(err, HTTPException):
        app.logger.exception("%s %s", request.method, request.path)
    code = err.code if isinstance(err, HTTPException) else 500
    return render_template("error.html", text=getattr(err, "name", "Something went wrong")), code
