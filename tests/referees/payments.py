"""Judges requests to Stripe by Stripe's own SDK, and then shows that it would have refused broken ones.

Each line of the journal is a request that was made. It is taken if its path, its parameters and their types are
those of a call of the SDK, and if the SDK itself sends the same for that call. The SDK is generated from Stripe's
description of the interface, so what it does not know, Stripe does not take. It is never let out.
"""

import copy
import json
import pathlib
import re
import sys
import typing
from urllib.parse import parse_qsl, urlsplit

import stripe
from pydantic import ConfigDict, TypeAdapter, ValidationError
from stripe import _payment_intent_service, _refund_service
from stripe.checkout import _session_service

ID = "([A-Za-z0-9_]+)"
KEY_CHARS_MAX = 255


class Recorder(stripe.HTTPClient):
    """Stands where the SDK's way out is, and keeps what it would have sent."""

    name = "recorder"

    def request(self, method, url, headers, post_data=None, *, _usage=None):
        self.sent = (method.upper(), url, post_data or "")
        return "{}", 200, {}


RECORDER = Recorder()
CLIENT = stripe.StripeClient("sk_test_unused", http_client=RECORDER)


def checked(module, service, params):
    """The type of a call's parameters, with which nothing unknown passes, at any depth."""
    service = getattr(module, service)
    for kind in vars(service).values():
        if typing.is_typeddict(kind) or hasattr(kind, "__required_keys__"):
            kind.__pydantic_config__ = ConfigDict(extra="forbid")
    adapter = TypeAdapter(getattr(service, params))
    adapter.rebuild(force=True, _types_namespace=vars(typing) | vars(module))
    return adapter


SESSIONS = (_session_service, "SessionService")
REFUNDS = (_refund_service, "RefundService")
INTENTS = (_payment_intent_service, "PaymentIntentService")
# What we ask of Stripe: method, path, types of the parameters, call of the SDK.
OPERATIONS = {
    "open a page": ("POST", "/v1/checkout/sessions", (*SESSIONS, "CreateParams"), CLIENT.checkout.sessions.create),
    "look at a page": ("GET", f"/v1/checkout/sessions/{ID}", (*SESSIONS, "RetrieveParams"), CLIENT.checkout.sessions.retrieve),
    "close a page": ("POST", f"/v1/checkout/sessions/{ID}/expire", (*SESSIONS, "ExpireParams"), CLIENT.checkout.sessions.expire),
    "give back": ("POST", "/v1/refunds", (*REFUNDS, "CreateParams"), CLIENT.refunds.create),
    "look for a refund": ("GET", "/v1/refunds", (*REFUNDS, "ListParams"), CLIENT.refunds.list),
    "look at a payment": ("GET", f"/v1/payment_intents/{ID}", (*INTENTS, "RetrieveParams"), CLIENT.payment_intents.retrieve),
}
TYPES = {name: checked(*types) for name, (_, _, types, _) in OPERATIONS.items()}


def nested(pairs):
    """Parameters as Stripe reads them: `a[b][0]=c` is `{"a": {"b": ["c"]}}`."""
    tree = {}
    for name, value in pairs:
        parts = re.findall(r"[^\[\]]+", name)
        if name != parts[0] + "".join(f"[{part}]" for part in parts[1:]):
            raise ValueError(f"{name} is no name of a parameter")
        here = tree
        for part in parts[:-1]:
            here = here.setdefault(part, {})
        if parts[-1] in here:
            raise ValueError(f"{name} comes twice")
        here[parts[-1]] = value
    return listed(tree)


def listed(tree):
    if not isinstance(tree, dict):
        return tree
    tree = {name: listed(value) for name, value in tree.items()}
    is_list = tree and set(tree) == {str(place) for place in range(len(tree))}
    return [tree[str(place)] for place in range(len(tree))] if is_list else tree


def operation_of(request):
    path = urlsplit(request["url"]).path
    for name, (method, pattern, _, _) in OPERATIONS.items():
        found = re.fullmatch(pattern, path)
        if found and method == request["method"]:
            return name, found.groups()
    raise ValueError(f"there is no {request['method']} {path}")


def judge(request):
    """What the request asks for; raises ValueError with what is wrong with it."""
    name, ids = operation_of(request)
    headers, is_post = request["headers"], request["method"] == "POST"
    if headers.get("stripe-version") != stripe.api_version:
        raise ValueError(f"it is of {headers.get('stripe-version')}, and the SDK of {stripe.api_version}")
    if not headers.get("authorization", "").startswith("Bearer "):
        raise ValueError("it shows no key")
    if is_post and not 1 <= len(headers.get("idempotency-key", "")) <= KEY_CHARS_MAX:
        raise ValueError("it would act twice if it were sent twice")
    if is_post and request["body"] and headers.get("content-type") != "application/x-www-form-urlencoded":
        raise ValueError("it is no form")
    if not is_post and request["body"]:
        raise ValueError("it has a body")
    ours = request["body"] if is_post else urlsplit(request["url"]).query
    pairs = parse_qsl(ours, keep_blank_values=True, strict_parsing=bool(ours))
    params = TYPES[name].validate_python(nested(pairs))
    OPERATIONS[name][3](*ids, params)
    method, url, body = RECORDER.sent
    theirs = body if is_post else urlsplit(url).query
    if (method, urlsplit(url).path) != (request["method"], urlsplit(request["url"]).path):
        raise ValueError(f"the SDK asks {method} {url}")
    if sorted(parse_qsl(theirs, keep_blank_values=True)) != sorted(pairs):
        raise ValueError(f"the SDK sends {theirs}")
    return name


def complaint(request):
    try:
        judge(request)
    except (ValueError, ValidationError) as error:
        return str(error)
    return None


def broken(request):
    """The same request, wrong in one place after the other."""
    is_post = request["method"] == "POST"
    for change in ({"method": "DELETE"}, {"method": "GET" if is_post else "POST"}):
        yield str(change), request | change
    path, _, query = request["url"].partition("?")
    yield "a path that there is not", request | {"url": f"{path}/more?{query}"}
    headers = ["stripe-version", "authorization"] + ["idempotency-key"] * is_post
    for name in headers:
        other = copy.deepcopy(request)
        del other["headers"][name]
        yield f"without {name}", other
    place, text = ("body", request["body"]) if is_post else ("url", query)
    wrapped = (lambda text: text) if is_post else (lambda text: f"{path}?{text}")
    for old, new in spoiled(text):
        yield f"{old or 'nothing'} became {new}", request | {place: wrapped(text.replace(old, new, 1) if old else f"{text}&{new}".lstrip("&"))}


def spoiled(text):
    """Parts of a form, and what is wrong instead."""
    yield "", "colour=red"
    yield "", "expand[0][0]=x"
    for part in text.split("&") if text else []:
        name, value = part.split("=", 1)
        # What a note is called, and what it says, is ours to choose.
        if "metadata" in name:
            continue
        yield part, f"{name.rstrip('%5D')}x{'%5D' if name.endswith('%5D') else ''}={value}"
        yield part, f"{name}%5Bdeeper%5D={value}"
        yield part, f"{part}&{part}"
        if re.fullmatch(r"\d+", value):
            yield part, f"{name}=many"
        if name in ("mode", "payment_method_types%5B0%5D"):
            yield part, f"{name}=barter"
        if "currency" in name or name.endswith("%5Bname%5D"):
            yield part, "locale=auto"


def main():
    lines = [line for file in pathlib.Path(sys.argv[1]).glob("*.jsonl") for line in file.read_text().splitlines()]
    requests = [json.loads(line) for line in lines]
    taken, refused, examples = 0, 0, {}
    for request in requests:
        if wrong := complaint(request):
            sys.exit(f"referees: Stripe would not take this: {wrong}\n{json.dumps(request, indent=1)}")
        taken += 1
        examples.setdefault(judge(request), []).append(request)
    if missing := OPERATIONS.keys() - examples.keys():
        sys.exit(f"referees: no test asked to {', '.join(sorted(missing))}")
    # The longest of each kind has the most that can be wrong.
    for request in (max(each, key=lambda it: len(it["body"])) for each in examples.values()):
        for what, wrong in broken(request):
            if complaint(wrong) is None:
                sys.exit(f"referees: the referee takes what is broken: {what}\n{json.dumps(wrong, indent=1)}")
            refused += 1
    print(f"referees: {taken} requests of {len(examples)} kinds taken by Stripe's SDK, {refused} broken ones refused")


if __name__ == "__main__":
    main()
