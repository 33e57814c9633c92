# English. One file per language; every file has the same ids with the same variables.

## Every page
skip-to-content = Skip to content
footer-support = Help
footer-privacy = Privacy policy
footer-terms = Terms of service
form-optional = (optional)
form-summary-title = Please check this:
password-show = Show
password-hide = Hide
password-hint = At least { $min } characters. A few words in a row are easy to remember and hard to guess.
field-name = Your name
field-email = Email address
field-current-password = Current password
field-new-password = New password

## Times
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
date = { $day } { $month } { $year }
moment = { $date } at { $time } UTC
ago-moment = just now
ago-minutes = { $count ->
    [one] { $count } minute ago
   *[other] { $count } minutes ago
}
ago-hours = { $count ->
    [one] { $count } hour ago
   *[other] { $count } hours ago
}
ago-days = { $count ->
    [one] { $count } day ago
   *[other] { $count } days ago
}
duration-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}
duration-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
duration-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
duration-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}

## Sign-in
login-title = Sign in
login-for-app = to go on to { $app }
login-identifier = Email or user name
login-password = Password
login-remember = Keep me signed in on this device
login-submit = Sign in
login-cancel = Cancel and go back
login-no-account = New here?
login-signup = Create an account
login-again = Please sign in again: the application asks for it.
login-signed-out = You are signed out.
app-terms = Rules of { $app }:
signup-title = Create an account
signup-for-app = to go on to { $app }
signup-email-hint = You sign in with it.
signup-submit = Create account
signup-have-account = You have an account already?
signup-login = Sign in
chooser-title = Choose an account
chooser-active = In use
chooser-other = Use another account
update-password-title = Choose a new password
update-password-temporary = Your password was a temporary one. Choose your own to go on.
update-password-for = Account
update-password-end-others = Sign me out everywhere else
update-password-submit = Save password
setup-title = Welcome to Tessera
setup-lead = Create the first administrator of { $realm }. The link that brought you here works once.
setup-email-hint = You sign in with it. No mail is sent now.
setup-submit = Create administrator
invitation-title = You are invited
invitation-lead = Choose a name and a password for your account at { $realm }.
invitation-submit = Create account
signed-out-title = You are signed out
signed-out-text = This browser is no longer signed in. Applications that you opened may keep you signed in for a while.
signed-out-login = Sign in again

## Steps that are over
step-expired-title = This took a little too long
step-expired-text = For your safety a sign-in waits only half an hour. Nothing is lost: start again, and you will be where you wanted to go.
step-done-title = You have done this already
step-done-text = This form was sent before. That happens after the Back button or a double click, and does no harm.
step-browser-title = This was begun in another browser
step-browser-text = A sign-in has to be finished in the browser where it began. If you did not begin one, close this page.
step-link-title = This link no longer works
step-link-text = It works once and for a limited time. Perhaps it was used, or a newer one was made. Ask for a new one.
step-form-title = This page was out of date
step-form-text = Something changed since the page was opened, perhaps in another tab. Nothing was done. Please try once more.
step-from-app = You came from { $app } ({ $host }).
step-go-on = Go on
step-to-login = To the sign-in
step-start-again = Start again

## Consent
consent-title = { $app } asks for access
consent-switch = Not you?
consent-self-registered = This application registered itself. Nobody here has checked who is behind it.
consent-shared = It will be able to:
consent-resources = This is for { $names }.
consent-already = What you have allowed before
consent-allow = Allow
consent-deny = Deny
consent-target-host = You will go on to { $host }.
consent-target-loopback = The answer goes to a program on this device, at { $address }. Allow only if you have just started it yourself.
consent-target-scheme = The answer goes to an app on this device by the address below. Allow only if you have just started that app yourself.
consent-revoke = You can take this back from { $app } at any time under “Connected apps”.
scope-openid = Know that it is you when you come back
scope-profile = See your name, picture and other profile details
scope-email = See your email address
scope-address = See your postal address
scope-phone = See your phone number
scope-offline-access = Keep this access while you are away, until you take it back
scope-described = { $description }{""}
scope-bare = Use the permission { $scope }
form-post-title = One moment
form-post-text = You are on the way to { $app }. If nothing happens, press the button.
form-post-submit = Go on

## Errors
error-code = Error code
error-request-id = Request id
error-go-account = To your account
error-redirect-title = This link does not fit the application
error-redirect-text = The application sent an address that it has not registered, so nothing was sent there. This is not your fault. Please tell the people who run the application.
error-redirect-heading = For you as its developer
error-redirect-why = The redirect URI has to be one of those registered for { $app }, character by character.
error-redirect-sent = What was sent
error-redirect-none-sent = Nothing
error-redirect-registered = What is registered
error-redirect-none-registered = Nothing yet
error-redirect-edit = Edit the application
error-document-title = The application is not described
error-document-text = This application says of itself at { $address } what it is, and that cannot be read: { $reason }. Please tell the people who run it.
error-client-title = Unknown application
error-client-text = The link that brought you here names an application that is not known here. It may have been removed. Please tell the people who run it.
error-request-title = This request is not right
error-request-text = The application sent something that cannot be used. Please go back and try again. If it happens again, tell the people who run it.
error-not-found-title = There is nothing here
error-not-found-text = The address may be mistyped, or the page may be gone.
error-forbidden-title = This is not open to you
error-forbidden-text = Your account may not see this page. If you think it should, ask your administrator.
error-too-many-title = Too many tries
error-too-many-text = Please wait { $wait } and try again.
error-busy-title = Not available right now
error-busy-text = The service is busy or being looked after. Please try again in a minute.
error-plain-http-title = Sign-in needs a secure connection
error-plain-http-text = This server is reached over plain http, where anyone on the way could read a password. Its operator must put it behind https and set server.public_url.
error-server-title = Something went wrong
error-server-text = It is our fault, not yours. Please try again. If it stays, give the request id below to your administrator.
host-title = This is the wrong address
host-text = This service runs under another address than the one you used. Signing in works only under the right one.
host-asked = You asked for
host-right = The right address
host-go = Go to the right address
host-operator-heading = If you run this service
host-operator-text = If the address that was asked for is the one you want, put it into this setting and restart:

## What forms say
error-login-wrong = The name or the password is not right.
error-login-locked = There were too many wrong tries. Please wait { $wait } and try again.
error-name-missing = Enter your name.
error-name-long = The name is too long: at most { $max } characters.
error-name-wrong = The name holds characters that cannot be seen.
error-email-wrong = Enter an email address, as in name@example.com.
error-user-name-wrong = A user name is made of letters and digits of one alphabet, with . _ - between them.
error-phone-wrong = Enter a telephone number with its country code, as in +4915112345678.
error-identifier-missing = Enter your email or user name.
error-identifier-taken = This cannot be used. If you have an account already, sign in instead.
error-password-missing = Enter your password.
error-password-short = Use at least { $min } characters.
error-password-long = The password is too long: at most { $max } characters.
error-password-common = This password is known from leaks or too easy to guess. Choose another one.
error-password-personal = The password must not contain your name or your address.
error-password-same = Choose a password other than the one you have.
error-password-wrong = The current password is not right.
error-password-changed = Your password was changed elsewhere in the meantime. What you entered here was not saved.

## Account
save = Save
never = never
nav-label = Pages
nav-sign-out = Sign out
nav-developer = Developer
nav-admin = Administration
applications-title = Applications
playground-title = Playground
users-title = Users
home-title = Your account
home-profile = Profile
home-name-hint = Applications show it where you allow them to see your profile.
home-sign-in = Sign-in
home-email-verified = Verified
home-email-unverified = Not verified
home-password = Password
home-password-since = Set on
home-password-none = None
home-since = Account made on
home-subject = Your id
home-change-password = Change password
home-saved = Saved.
home-password-saved = Your password was changed.
sessions-title = Sessions
sessions-lead = The browsers and devices in which you are signed in.
sessions-unknown-browser = Unknown browser
sessions-current = This one
sessions-last-seen = Last used
sessions-signed-in = Signed in on
sessions-end = Sign out
sessions-end-others = Sign out everywhere else
sessions-end-all = Sign out everywhere
sessions-end-hint = Applications that want to know are told at once. What you allowed to act in your absence goes on: see Connected apps.
sessions-only-one = You are signed in nowhere else.
sessions-ended = That session was ended.
apps-title = Connected apps
apps-lead = The applications that may act for you.
apps-empty-title = No app is connected
apps-empty-text = When you sign in to an application with this account and allow it something, it is listed here.
apps-since = Allowed on
apps-last-used = Last used
apps-shared = What it may do
apps-revoke = Remove
apps-revoke-label = Remove { $app }
apps-revoked = { $app } can no longer act for you.

## Logout
logout-title = Sign out?
logout-text = You will be signed out of this browser.
logout-asked-by = You will be signed out of this browser. From there you can go back to { $app }.
logout-stay = Stay signed in
logout-back = Back to { $app }
logout-going-back = One moment: you go back to { $app }.
logout-frame = Signing out

## Applications
cancel = Cancel
delete = Delete
copy = Copy
copied = Copied
list-more = Next page
list-first = First page
list-pages = Pages of the list
applications-lead = What people can sign in to with an account from here.
applications-new = New application
applications-create = Create application
applications-created = made on
applications-empty-title = No application yet
applications-empty-text = Register one to let people sign in to it. It takes a name and an address, and you get configuration to copy.
application-settings = Settings
application-name = Name
application-name-hint = People see it when they sign in and when they are asked for access.
application-kind = What it is
kind-web = Web application
kind-web-hint = Runs on a server and can keep a secret.
kind-browser = Browser application
kind-browser-hint = Runs in the browser alone. It has no secret; PKCE protects it.
kind-native = App or program
kind-native-hint = Runs on a phone, a desktop or in a terminal. It has no secret; PKCE protects it.
kind-service = Service
kind-service-hint = Acts for itself, without people signing in (client credentials).
application-redirects = Redirect URIs
application-redirects-hint = Where people are sent back to. One a line, exactly as the application sends it.
application-sign-out = At sign-out
application-logout-redirects = Redirect URIs after sign-out
application-logout-redirects-hint = Where people may be sent after they signed out. One a line; may be empty.
application-backchannel-logout = Back-channel logout address
application-backchannel-logout-hint = Our server posts a signed logout token there when somebody signs out.
application-frontchannel-logout = Front-channel logout address
application-frontchannel-logout-hint = The browser loads it in a hidden frame at sign-out. At the host of one of the redirect URIs.
application-first-party = It is our own
application-first-party-hint = People are not asked for consent.
application-issuer = Issuer
application-client-id = Client id
application-secret = Client secret
application-delete-title = Delete this application
application-delete-text = Nobody can sign in to it any more, and its tokens stop working.
application-delete-heading = Delete { $app }?
application-delete-what = { $count ->
    [0] Nobody is connected to it. This cannot be undone.
    [one] One account is connected to it and loses its access. This cannot be undone.
   *[other] { $count } accounts are connected to it and lose their access. This cannot be undone.
}
application-delete-confirm = Type the name of the application
secrets-title = Secrets
secrets-text = Two may be live at a time: make a new one, put it into the application, then delete the old one.
secrets-created = Made on
secrets-new = New secret
created-title = { $app } is ready
created-secret-once = Copy the secret now. It is shown only this once.
created-done = To the application
created-done-secret = I have copied the secret
snippets-title = Configuration to copy
snippets-text = For the usual libraries. Each finds the rest by discovery.
application-saved = Saved. Running servers know within two seconds.
application-deleted = The application was deleted.
error-redirects-missing = Enter at least one redirect URI.
error-redirect-uri = { $uri } cannot be used: { $reason }
error-backchannel-logout = Enter a whole address, such as https://app.example.com/logout, without #.
error-frontchannel-logout = Enter a whole address without # that has scheme, host and port of one of the redirect URIs.
error-confirm-name = Type the name exactly as it is written above.
error-redirects-many = List each address once, and no more than 100.
error-application-name = Enter a name of at most 200 characters, without any that cannot be seen.
redirect-fault-long = it is longer than 2048 bytes.
redirect-fault-absolute = it has to be a whole address, such as https://app.example.com/callback.
redirect-fault-character = it holds a character that an address cannot hold.
redirect-fault-wildcard = wildcards do not work; list each address in full.
redirect-fault-fragment = it must not contain #.
redirect-fault-user-info = it must not contain a user name or password (@).
redirect-fault-scheme = its scheme is one that browsers or systems open themselves. Use https, or a scheme of your own.
redirect-fault-implicit = it has to be https, and not on localhost, as tokens are sent there.
redirect-fault-http = it has to be https. Plain http is for http://127.0.0.1, http://[::1] and http://localhost.
redirect-fault-private = schemes of one’s own are for apps without a secret. Use https.
redirect-fault-host = write scheme and host in lower case, with a plain host name and a port from 1 to 65535.
redirect-fault-dots = it must not contain . or .. as a part of its path.
redirect-fault-parameter = its query must not hold a parameter of the answer, such as code, state, iss or error.
redirect-fault-twice = it is listed twice.

## Playground
playground-lead = A real client in one page. Sign in with it and see every request and every answer.
playground-client = The client
playground-redirect = Redirect URI
playground-scope = Scope
playground-pkce = Proof (PKCE)
playground-pkce-text = S256, made anew for each sign-in
playground-no-script = The buttons of this page need JavaScript. The commands below do the same without it.
playground-start = Sign in
playground-result-title = Back from the sign-in
playground-callback = What came back
playground-callback-text = The browser brought these parameters to the redirect URI.
playground-state-wrong = The state or the issuer does not fit what this browser began, so the code was not used. Start again from the playground.
playground-nonce-wrong = The nonce of the ID token does not fit what this browser began, so the tokens were not used. Start again from the playground.
playground-no-answer = The server gave no answer that could be read.
playground-request = Request
playground-response = Response
playground-token = Code for tokens
playground-tokens = Tokens
playground-tokens-text = Decoded here for you to read. An application must verify them before it believes them.
playground-id-token = ID token
playground-access-token = Access token
playground-do-userinfo = Ask userinfo
playground-do-refresh = Refresh
playground-do-logout = Sign out
playground-userinfo-title = Userinfo
playground-refresh-title = Refresh
playground-curl-title = The same in a terminal
playground-curl-text = Commands for a POSIX shell with curl and openssl.
playground-curl-discovery = Discovery and keys
playground-curl-authorize = Make the proof, then open the address that is printed
playground-curl-token = Exchange the code, with the verifier of the same shell
playground-curl-userinfo = Ask who it is
playground-curl-refresh = Renew the tokens
playground-curl-revoke = Give the access back

## Users
users-invite = Invite someone
users-search = Search by name or address
users-search-submit = Search
users-empty-title = Nobody found
users-empty-text = No user fits what you looked for.
users-all = Show all
users-last = Signed in
users-never = Never signed in
user-active = Active
user-invited = Invited
user-disabled = Disabled
user-administrator = Administrator
user-ordinary = User
user-role = Role
user-subject = Subject id
user-last-sign-in = Last sign-in
user-actions = Actions
user-self = This is your own account. Another administrator can change it.
user-new-link = New one-time link
user-enable = Enable
user-disable = Disable
user-sign-out = Sign out everywhere
user-sign-out-hint = Signing out ends every session and token of this user; they can sign in again. Disabling also keeps them out.
invite-title = Invite someone
invite-lead = You get a link that works once. Send it in whatever way you trust.
invite-name = Name
invite-name-hint = The invited person can change it.
invite-administrator-hint = Sees all users and applications.
invite-submit = Make the link
invited-title = The invitation is ready
invited-once = Copy the link now. It is shown only this once.
invited-text = Give this link to { $email }. Whoever opens it first chooses the password.
invited-until = It works until
invited-done = Done
disable-title = Disable { $name }?
disable-text = The user is signed out everywhere, tokens stop working, and no sign-in is possible until you enable the account again. Nothing is deleted.
enable-title = Enable { $name }?
enable-text = The user can sign in again. Sessions and tokens that ended stay ended.
user-disabled-notice = { $name } is disabled.
user-signed-out-notice = { $name } is signed out everywhere.
user-enabled-notice = { $name } is enabled.
