"""A browser without JavaScript: a cookie jar, redirects, and the forms of our pages."""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests


class Page(HTMLParser):
    """A page's forms and the ids of its elements."""

    def __init__(self, url, html):
        super().__init__()
        self.url, self.html = url, html
        self.forms, self.ids = [], set()
        self._form = None
        self.feed(html)

    def handle_starttag(self, tag, pairs):
        attributes = {name: value or "" for name, value in pairs}
        self.ids.add(attributes.get("id"))
        if tag == "form":
            self._form = {**attributes, "inputs": [], "buttons": []}
            self.forms.append(self._form)
        elif self._form is not None and tag == "input" and attributes.get("type") != "submit":
            self._form["inputs"].append(attributes)
        elif self._form is not None and tag in ("button", "input"):
            self._form["buttons"].append(attributes)

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None

    def form(self, wanted):
        """The form that has this id, or that holds the button with this id; and that button."""
        for form in self.forms:
            for button in form["buttons"]:
                if button.get("id") == wanted:
                    return form, button
            if form.get("id") == wanted:
                return form, {}
        raise AssertionError(f"no form and no button #{wanted} at {self.url}:\n{self.html[:2000]}")


class Arrived(Exception):
    """The browser was sent to the client."""

    def __init__(self, url):
        super().__init__(url)
        self.url = url


class Browser:
    def __init__(self):
        self.session = requests.Session()
        self.session.trust_env = False

    def open(self, url, until=None, method="GET", data=None):
        """Follows redirects until a page; raises Arrived at a redirect to an address that begins with `until`."""
        for _ in range(20):
            headers = {"Accept": "text/html"}
            if method == "POST":
                parts = urlsplit(url)
                headers["Origin"] = f"{parts.scheme}://{parts.netloc}"
            answer = self.session.request(method, url, data=data, headers=headers, allow_redirects=False, timeout=20)
            location = answer.headers.get("location")
            if location is None:
                assert answer.status_code < 400, f"{answer.status_code} at {url}:\n{answer.text[:2000]}"
                return Page(url, answer.text)
            if method == "POST":
                assert answer.status_code == 303, f"POST {url} answered {answer.status_code}, not 303"
            url, method, data = urljoin(url, location), "GET", None
            if until and url.startswith(until):
                raise Arrived(url)
        raise AssertionError(f"more than 20 redirects, the last to {url}")

    def submit(self, page, wanted, values=None, until=None):
        form, button = page.form(wanted)
        ticked = [it for it in form["inputs"] if it.get("type") not in ("checkbox", "radio") or "checked" in it]
        fields = {it["name"]: it.get("value", "") for it in ticked if "name" in it}
        for name, value in (values or {}).items():
            assert name in {it.get("name") for it in form["inputs"]}, f"#{wanted} at {page.url} has no input {name}"
            fields[name] = value
        if "name" in button:
            fields[button["name"]] = button.get("value", "")
        method = (button.get("formmethod") or form.get("method") or "get").upper()
        action = urljoin(page.url, button.get("formaction") or form.get("action") or page.url)
        if method == "GET":
            action = requests.Request("GET", action, params=fields).prepare().url
            return self.open(action, until)
        return self.open(action, until, method, fields)


def authorize(browser, url, task):
    """Signs in and consents wherever that is asked for. Returns the client's URL and the steps seen."""
    steps, until = [], task["redirect_uri"]
    try:
        page = browser.open(url, until)
        while len(steps) < 5:
            if "login-form" in page.ids:
                steps.append("login")
                answers = {"identifier": task["username"], "password": task["password"]}
                page = browser.submit(page, "login-form", answers, until)
            elif "consent-allow" in page.ids:
                steps.append("consent")
                page = browser.submit(page, "consent-allow", None, until)
            else:
                raise AssertionError(f"neither #login-form nor #consent-allow at {page.url}:\n{page.html[:2000]}")
        raise AssertionError(f"no way out of {steps}")
    except Arrived as arrived:
        return arrived.url, steps
