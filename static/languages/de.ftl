# Deutsch. Eine Datei je Sprache; jede hat dieselben Kennungen mit denselben Variablen.

## Jede Seite
skip-to-content = Zum Inhalt springen
footer-support = Hilfe
footer-privacy = Datenschutz
footer-terms = Nutzungsbedingungen
form-optional = (freiwillig)
form-summary-title = Bitte prüfen Sie:
password-show = Zeigen
password-hide = Verbergen
password-hint = Mindestens { $min } Zeichen. Ein paar Wörter hintereinander sind leicht zu merken und schwer zu erraten.
field-name = Ihr Name
field-email = E-Mail-Adresse
field-current-password = Bisheriges Passwort
field-new-password = Neues Passwort

## Zeiten
month-1 = Januar
month-2 = Februar
month-3 = März
month-4 = April
month-5 = Mai
month-6 = Juni
month-7 = Juli
month-8 = August
month-9 = September
month-10 = Oktober
month-11 = November
month-12 = Dezember
date = { $day }. { $month } { $year }
moment = { $date } um { $time } UTC
ago-moment = gerade eben
ago-minutes = { $count ->
    [one] vor { $count } Minute
   *[other] vor { $count } Minuten
}
ago-hours = { $count ->
    [one] vor { $count } Stunde
   *[other] vor { $count } Stunden
}
ago-days = { $count ->
    [one] vor { $count } Tag
   *[other] vor { $count } Tagen
}
duration-seconds = { $count ->
    [one] { $count } Sekunde
   *[other] { $count } Sekunden
}
duration-minutes = { $count ->
    [one] { $count } Minute
   *[other] { $count } Minuten
}
duration-hours = { $count ->
    [one] { $count } Stunde
   *[other] { $count } Stunden
}
duration-days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tage
}

## Anmeldung
login-title = Anmelden
login-for-app = um mit { $app } fortzufahren
login-identifier = E-Mail oder Benutzername
login-password = Passwort
login-remember = Auf diesem Gerät angemeldet bleiben
login-submit = Anmelden
login-cancel = Abbrechen und zurück
login-no-account = Neu hier?
login-signup = Konto anlegen
login-again = Bitte melden Sie sich noch einmal an: Die Anwendung verlangt es.
login-signed-out = Sie sind abgemeldet.
app-terms = Regeln von { $app }:
signup-title = Konto anlegen
signup-for-app = um mit { $app } fortzufahren
signup-email-hint = Damit melden Sie sich an.
signup-submit = Konto anlegen
signup-have-account = Sie haben schon ein Konto?
signup-login = Anmelden
chooser-title = Konto wählen
chooser-active = In Gebrauch
chooser-other = Anderes Konto verwenden
update-password-title = Neues Passwort wählen
update-password-temporary = Ihr Passwort war vorläufig. Wählen Sie ein eigenes, um fortzufahren.
update-password-for = Konto
update-password-end-others = Überall sonst abmelden
update-password-submit = Passwort speichern
setup-title = Willkommen bei Tessera
setup-lead = Legen Sie das erste Administratorkonto von { $realm } an. Der Link, der Sie herführte, gilt einmal.
setup-email-hint = Damit melden Sie sich an. Es wird jetzt keine E-Mail verschickt.
setup-submit = Administrator anlegen
invitation-title = Sie sind eingeladen
invitation-lead = Wählen Sie einen Namen und ein Passwort für Ihr Konto bei { $realm }.
invitation-submit = Konto anlegen
signed-out-title = Sie sind abgemeldet
signed-out-text = Dieser Browser ist nicht mehr angemeldet. Anwendungen, die Sie geöffnet hatten, kennen Sie vielleicht noch eine Weile.
signed-out-login = Wieder anmelden

## Schritte, die vorbei sind
step-expired-title = Das hat etwas zu lange gedauert
step-expired-text = Zu Ihrer Sicherheit wartet eine Anmeldung nur eine halbe Stunde. Nichts ist verloren: Beginnen Sie neu, und Sie kommen ans Ziel.
step-done-title = Das ist schon erledigt
step-done-text = Dieses Formular wurde schon abgeschickt. Das kommt vom Zurück-Knopf oder einem Doppelklick und schadet nicht.
step-browser-title = Das begann in einem anderen Browser
step-browser-text = Eine Anmeldung muss in dem Browser enden, in dem sie begann. Wenn Sie keine begonnen haben, schließen Sie diese Seite.
step-link-title = Dieser Link gilt nicht mehr
step-link-text = Er gilt einmal und nur für eine gewisse Zeit. Vielleicht wurde er benutzt oder durch einen neuen ersetzt. Bitten Sie um einen neuen.
step-form-title = Diese Seite war veraltet
step-form-text = Seit die Seite geöffnet wurde, hat sich etwas geändert, vielleicht in einem anderen Tab. Es ist nichts geschehen. Bitte versuchen Sie es noch einmal.
step-from-app = Sie kamen von { $app } ({ $host }).
step-go-on = Weiter
step-to-login = Zur Anmeldung
step-start-again = Neu beginnen

## Zustimmung
consent-title = { $app } bittet um Zugriff
consent-switch = Nicht Sie?
consent-self-registered = Diese Anwendung hat sich selbst eingetragen. Niemand hier hat geprüft, wer dahintersteht.
consent-shared = Sie wird Folgendes dürfen:
consent-resources = Das gilt für { $names }.
consent-already = Was Sie schon erlaubt haben
consent-allow = Erlauben
consent-deny = Ablehnen
consent-target-host = Danach geht es weiter zu { $host }.
consent-target-loopback = Die Antwort geht an ein Programm auf diesem Gerät, unter { $address }. Erlauben Sie das nur, wenn Sie es gerade selbst gestartet haben.
consent-target-scheme = Die Antwort geht über die folgende Adresse an eine App auf diesem Gerät. Erlauben Sie das nur, wenn Sie diese App gerade selbst gestartet haben.
consent-revoke = Sie können { $app } dies jederzeit unter „Verbundene Apps“ wieder nehmen.
scope-openid = Sie wiedererkennen, wenn Sie zurückkommen
scope-profile = Ihren Namen, Ihr Bild und weitere Profildaten sehen
scope-email = Ihre E-Mail-Adresse sehen
scope-address = Ihre Postanschrift sehen
scope-phone = Ihre Telefonnummer sehen
scope-offline-access = Diesen Zugriff auch in Ihrer Abwesenheit behalten, bis Sie ihn zurücknehmen
scope-described = { $description }{""}
scope-bare = Die Berechtigung { $scope } nutzen
form-post-title = Einen Moment
form-post-text = Sie sind auf dem Weg zu { $app }. Wenn nichts geschieht, drücken Sie den Knopf.
form-post-submit = Weiter

## Fehler
error-code = Fehlercode
error-request-id = Anfragekennung
error-go-account = Zu Ihrem Konto
error-redirect-title = Dieser Link passt nicht zur Anwendung
error-redirect-text = Die Anwendung hat eine Adresse geschickt, die sie nicht eingetragen hat, deshalb wurde dorthin nichts gesendet. Es liegt nicht an Ihnen. Bitte sagen Sie es denen, die die Anwendung betreiben.
error-redirect-heading = Für Sie als Entwickler
error-redirect-why = Die Weiterleitungsadresse (redirect URI) muss Zeichen für Zeichen eine der für { $app } eingetragenen sein.
error-redirect-sent = Gesendet wurde
error-redirect-none-sent = Nichts
error-redirect-registered = Eingetragen ist
error-redirect-none-registered = Noch nichts
error-redirect-edit = Anwendung bearbeiten
error-document-title = Die Anwendung beschreibt sich nicht
error-document-text = Diese Anwendung beschreibt sich unter { $address }, und das ist nicht lesbar: { $reason }. Bitte sagen Sie es denen, die sie betreiben.
error-client-title = Unbekannte Anwendung
error-client-text = Der Link, der Sie herführte, nennt eine Anwendung, die hier nicht bekannt ist. Vielleicht wurde sie entfernt. Bitte sagen Sie es denen, die sie betreiben.
error-request-title = Diese Anfrage stimmt nicht
error-request-text = Die Anwendung hat etwas Unbrauchbares geschickt. Bitte gehen Sie zurück und versuchen Sie es noch einmal. Geschieht es wieder, sagen Sie es denen, die sie betreiben.
error-not-found-title = Hier ist nichts
error-not-found-text = Vielleicht ist die Adresse vertippt, oder die Seite gibt es nicht mehr.
error-forbidden-title = Das steht Ihnen nicht offen
error-forbidden-text = Ihr Konto darf diese Seite nicht sehen. Wenn es das sollte, fragen Sie Ihren Administrator.
error-too-many-title = Zu viele Versuche
error-too-many-text = Bitte warten Sie { $wait } und versuchen Sie es dann noch einmal.
error-busy-title = Gerade nicht erreichbar
error-busy-text = Der Dienst ist ausgelastet oder wird gewartet. Bitte versuchen Sie es in einer Minute noch einmal.
error-plain-http-title = Die Anmeldung braucht eine sichere Verbindung
error-plain-http-text = Dieser Server wird über einfaches http erreicht, wo jeder auf dem Weg ein Passwort mitlesen könnte. Sein Betreiber muss ihn hinter https stellen und server.public_url setzen.
error-server-title = Etwas ist schiefgegangen
error-server-text = Der Fehler liegt bei uns. Bitte versuchen Sie es noch einmal. Bleibt er, geben Sie Ihrem Administrator die Anfragekennung von unten.
host-title = Das ist die falsche Adresse
host-text = Dieser Dienst läuft unter einer anderen Adresse als der, die Sie benutzt haben. Anmelden geht nur unter der richtigen.
host-asked = Aufgerufen wurde
host-right = Die richtige Adresse
host-go = Zur richtigen Adresse
host-operator-heading = Wenn Sie diesen Dienst betreiben
host-operator-text = Wenn die aufgerufene Adresse die gewünschte ist, tragen Sie sie in diese Einstellung ein und starten Sie neu:

## Was Formulare sagen
error-login-wrong = Der Name oder das Passwort stimmt nicht.
error-login-locked = Es gab zu viele falsche Versuche. Bitte warten Sie { $wait } und versuchen Sie es dann noch einmal.
error-name-missing = Geben Sie Ihren Namen ein.
error-name-long = Der Name ist zu lang: höchstens { $max } Zeichen.
error-name-wrong = Der Name enthält Zeichen, die man nicht sieht.
error-email-wrong = Geben Sie eine E-Mail-Adresse ein, wie name@example.com.
error-user-name-wrong = Ein Benutzername besteht aus Buchstaben und Ziffern eines Alphabets, dazwischen . _ -
error-phone-wrong = Geben Sie eine Telefonnummer mit Ländervorwahl ein, etwa +4915112345678.
error-identifier-missing = Geben Sie Ihre E-Mail oder Ihren Benutzernamen ein.
error-identifier-taken = Das lässt sich nicht verwenden. Wenn Sie schon ein Konto haben, melden Sie sich an.
error-password-missing = Geben Sie Ihr Passwort ein.
error-password-short = Nehmen Sie mindestens { $min } Zeichen.
error-password-long = Das Passwort ist zu lang: höchstens { $max } Zeichen.
error-password-common = Dieses Passwort ist aus Datenlecks bekannt oder zu leicht zu erraten. Wählen Sie ein anderes.
error-password-personal = Das Passwort darf Ihren Namen oder Ihre Adresse nicht enthalten.
error-password-same = Wählen Sie ein anderes Passwort als Ihr bisheriges.
error-password-wrong = Das bisherige Passwort stimmt nicht.
error-password-changed = Ihr Passwort wurde inzwischen anderswo geändert. Was Sie hier eingegeben haben, wurde nicht gespeichert.

## Konto
save = Speichern
never = noch nie
nav-label = Seiten
nav-sign-out = Abmelden
nav-developer = Entwicklung
nav-admin = Verwaltung
applications-title = Anwendungen
playground-title = Spielwiese
users-title = Benutzer
home-title = Ihr Konto
home-profile = Profil
home-name-hint = Anwendungen zeigen ihn, wenn Sie ihnen Ihr Profil freigeben.
home-sign-in = Anmeldung
home-email-verified = Bestätigt
home-email-unverified = Nicht bestätigt
home-password = Passwort
home-password-since = Gesetzt am
home-password-none = Keines
home-since = Konto angelegt am
home-subject = Ihre Kennung
home-change-password = Passwort ändern
home-saved = Gespeichert.
home-password-saved = Ihr Passwort wurde geändert.
sessions-title = Sitzungen
sessions-lead = Die Browser und Geräte, in denen Sie angemeldet sind.
sessions-unknown-browser = Unbekannter Browser
sessions-current = Diese hier
sessions-last-seen = Zuletzt benutzt:
sessions-signed-in = Angemeldet am
sessions-end = Abmelden
sessions-end-others = Überall sonst abmelden
sessions-end-all = Überall abmelden
sessions-end-hint = Anwendungen, die es wissen wollen, erfahren es sofort. Was auch ohne Sie handeln darf, läuft weiter: siehe Verbundene Apps.
sessions-only-one = Sonst sind Sie nirgends angemeldet.
sessions-ended = Die Sitzung wurde beendet.
apps-title = Verbundene Apps
apps-lead = Die Anwendungen, die in Ihrem Namen handeln dürfen.
apps-empty-title = Keine App ist verbunden
apps-empty-text = Wenn Sie sich mit diesem Konto bei einer Anwendung anmelden und ihr etwas erlauben, steht sie hier.
apps-since = Erlaubt am
apps-last-used = Zuletzt benutzt:
apps-shared = Was sie darf
apps-revoke = Entfernen
apps-revoke-label = { $app } entfernen
apps-revoked = { $app } darf nicht mehr in Ihrem Namen handeln.

## Abmeldung
logout-title = Abmelden?
logout-text = Sie werden in diesem Browser abgemeldet.
logout-asked-by = Sie werden in diesem Browser abgemeldet. Danach können Sie zurück zu { $app }.
logout-stay = Angemeldet bleiben
logout-back = Zurück zu { $app }
logout-going-back = Einen Augenblick: Es geht zurück zu { $app }.
logout-frame = Abmeldung läuft

## Anwendungen
cancel = Abbrechen
delete = Löschen
copy = Kopieren
copied = Kopiert
list-more = Nächste Seite
list-first = Erste Seite
list-pages = Seiten der Liste
applications-lead = Wobei man sich mit einem hiesigen Konto anmelden kann.
applications-new = Neue Anwendung
applications-create = Anwendung anlegen
applications-created = angelegt am
applications-empty-title = Noch keine Anwendung
applications-empty-text = Tragen Sie eine ein, damit man sich bei ihr anmelden kann. Nötig sind ein Name und eine Adresse; die Konfiguration bekommen Sie zum Kopieren.
application-settings = Einstellungen
application-name = Name
application-name-hint = Man sieht ihn beim Anmelden und wenn um Zugriff gebeten wird.
application-kind = Was es ist
kind-web = Webanwendung
kind-web-hint = Läuft auf einem Server und kann ein Geheimnis bewahren.
kind-browser = Anwendung im Browser
kind-browser-hint = Läuft allein im Browser. Sie hat kein Geheimnis; PKCE schützt sie.
kind-native = App oder Programm
kind-native-hint = Läuft auf dem Telefon, dem Rechner oder im Terminal. Sie hat kein Geheimnis; PKCE schützt sie.
kind-service = Dienst
kind-service-hint = Handelt für sich selbst, ohne dass sich jemand anmeldet (client credentials).
application-redirects = Weiterleitungsadressen (redirect URIs)
application-redirects-hint = Wohin man zurückgeschickt wird. Eine je Zeile, genau wie die Anwendung sie sendet.
application-sign-out = Bei der Abmeldung
application-logout-redirects = Weiterleitungsadressen nach der Abmeldung
application-logout-redirects-hint = Wohin man nach der Abmeldung geschickt werden darf. Eine je Zeile; darf leer sein.
application-backchannel-logout = Adresse für die Abmeldung im Hintergrund (back-channel logout)
application-backchannel-logout-hint = Dorthin sendet der Server ein signiertes Logout-Token, wenn sich jemand abmeldet.
application-frontchannel-logout = Adresse für die Abmeldung im Browser (front-channel logout)
application-frontchannel-logout-hint = Der Browser lädt sie bei der Abmeldung unsichtbar. Am Host einer der Weiterleitungsadressen.
application-first-party = Sie gehört zu uns
application-first-party-hint = Es wird nicht um Zustimmung gebeten.
application-issuer = Aussteller (issuer)
application-client-id = Client-ID
application-secret = Client-Geheimnis
application-delete-title = Diese Anwendung löschen
application-delete-text = Niemand kann sich mehr bei ihr anmelden, und ihre Token gelten nicht mehr.
application-delete-heading = { $app } löschen?
application-delete-what = { $count ->
    [0] Niemand ist mit ihr verbunden. Das lässt sich nicht rückgängig machen.
    [one] Ein Konto ist mit ihr verbunden und verliert den Zugriff. Das lässt sich nicht rückgängig machen.
   *[other] { $count } Konten sind mit ihr verbunden und verlieren den Zugriff. Das lässt sich nicht rückgängig machen.
}
application-delete-confirm = Geben Sie den Namen der Anwendung ein
secrets-title = Geheimnisse
secrets-text = Zwei können zugleich gelten: Legen Sie ein neues an, tragen Sie es in der Anwendung ein, löschen Sie dann das alte.
secrets-created = Angelegt am
secrets-new = Neues Geheimnis
created-title = { $app } ist bereit
created-secret-once = Kopieren Sie das Geheimnis jetzt. Es wird nur dieses eine Mal gezeigt.
created-done = Zur Anwendung
created-done-secret = Ich habe das Geheimnis kopiert
snippets-title = Konfiguration zum Kopieren
snippets-text = Für die üblichen Bibliotheken. Alles Weitere finden sie selbst (discovery).
application-saved = Gespeichert. Laufende Server wissen es binnen zwei Sekunden.
application-deleted = Die Anwendung wurde gelöscht.
error-redirects-missing = Geben Sie mindestens eine Weiterleitungsadresse ein.
error-redirect-uri = { $uri } lässt sich nicht verwenden: { $reason }
error-backchannel-logout = Geben Sie eine vollständige Adresse ohne # ein, etwa https://app.example.com/logout.
error-frontchannel-logout = Geben Sie eine vollständige Adresse ohne # ein, mit Schema, Host und Port einer der Weiterleitungsadressen.
error-confirm-name = Geben Sie den Namen genau so ein, wie er oben steht.
error-redirects-many = Geben Sie jede Adresse einmal an, und höchstens 100.
error-application-name = Geben Sie einen Namen mit höchstens 200 Zeichen ein, ohne unsichtbare Zeichen.
redirect-fault-long = Sie ist länger als 2048 Bytes.
redirect-fault-absolute = Es muss eine vollständige Adresse sein, etwa https://app.example.com/callback.
redirect-fault-character = Sie enthält ein Zeichen, das in einer Adresse nicht vorkommen kann.
redirect-fault-wildcard = Platzhalter gelten nicht; geben Sie jede Adresse vollständig an.
redirect-fault-fragment = Sie darf kein # enthalten.
redirect-fault-user-info = Sie darf weder Benutzernamen noch Passwort (@) enthalten.
redirect-fault-scheme = Ihr Schema öffnen Browser oder Systeme selbst. Verwenden Sie https oder ein eigenes Schema.
redirect-fault-implicit = Sie muss mit https beginnen und darf nicht auf localhost liegen, denn dorthin gehen Tokens.
redirect-fault-http = Sie muss mit https beginnen. Einfaches http gilt nur für http://127.0.0.1, http://[::1] und http://localhost.
redirect-fault-private = Eigene Schemata sind für Apps ohne Geheimnis. Verwenden Sie https.
redirect-fault-host = Schreiben Sie Schema und Host klein, mit einfachem Hostnamen und einem Port von 1 bis 65535.
redirect-fault-dots = Sie darf weder . noch .. als Teil ihres Pfades enthalten.
redirect-fault-parameter = Ihre Abfrage darf keinen Parameter der Antwort enthalten, etwa code, state, iss oder error.
redirect-fault-twice = Sie steht zweimal in der Liste.

## Spielwiese
playground-lead = Ein echter Client auf einer Seite. Melden Sie sich mit ihm an und sehen Sie jede Anfrage und jede Antwort.
playground-client = Der Client
playground-redirect = Weiterleitungsadresse
playground-scope = Umfang (scope)
playground-pkce = Nachweis (PKCE)
playground-pkce-text = S256, für jede Anmeldung neu
playground-no-script = Die Knöpfe dieser Seite brauchen JavaScript. Die Befehle unten tun dasselbe ohne.
playground-start = Anmelden
playground-result-title = Zurück von der Anmeldung
playground-callback = Was zurückkam
playground-callback-text = Diese Parameter brachte der Browser zur Weiterleitungsadresse.
playground-state-wrong = state oder Aussteller passt nicht zu dem, was dieser Browser begann; der Code wurde nicht benutzt. Beginnen Sie neu auf der Spielwiese.
playground-nonce-wrong = nonce des ID-Tokens passt nicht zu dem, was dieser Browser begann; die Tokens wurden nicht benutzt. Beginnen Sie neu auf der Spielwiese.
playground-no-answer = Der Server gab keine lesbare Antwort.
playground-request = Anfrage
playground-response = Antwort
playground-token = Code gegen Token
playground-tokens = Token
playground-tokens-text = Hier zum Lesen aufgeschlüsselt. Eine Anwendung muss sie prüfen, bevor sie ihnen glaubt.
playground-id-token = ID-Token
playground-access-token = Zugriffstoken (access token)
playground-do-userinfo = Userinfo fragen
playground-do-refresh = Erneuern
playground-do-logout = Abmelden
playground-userinfo-title = Userinfo
playground-refresh-title = Erneuerung
playground-curl-title = Dasselbe im Terminal
playground-curl-text = Befehle für eine POSIX-Shell mit curl und openssl.
playground-curl-discovery = Metadaten und Schlüssel
playground-curl-authorize = Den Nachweis machen, dann die ausgegebene Adresse öffnen
playground-curl-token = Den Code eintauschen, mit dem Nachweis derselben Shell
playground-curl-userinfo = Fragen, wer es ist
playground-curl-refresh = Die Token erneuern
playground-curl-revoke = Den Zugriff zurückgeben

## Benutzer
users-invite = Jemanden einladen
users-search = Nach Name oder Adresse suchen
users-search-submit = Suchen
users-empty-title = Niemand gefunden
users-empty-text = Kein Benutzer passt zu Ihrer Suche.
users-all = Alle zeigen
users-last = Angemeldet
users-never = Noch nie angemeldet
user-active = Aktiv
user-invited = Eingeladen
user-disabled = Gesperrt
user-administrator = Administrator
user-ordinary = Benutzer
user-role = Rolle
user-subject = Subject-ID
user-last-sign-in = Letzte Anmeldung
user-actions = Aktionen
user-self = Das ist Ihr eigenes Konto. Ein anderer Administrator kann es ändern.
user-new-link = Neuer Einmal-Link
user-enable = Freigeben
user-disable = Sperren
user-sign-out = Überall abmelden
user-sign-out-hint = Abmelden beendet jede Sitzung und jedes Token; die Person kann sich wieder anmelden. Sperren hält sie auch draußen.
invite-title = Jemanden einladen
invite-lead = Sie bekommen einen Link, der einmal gilt. Senden Sie ihn auf einem Weg, dem Sie trauen.
invite-name = Name
invite-name-hint = Die eingeladene Person kann ihn ändern.
invite-administrator-hint = Sieht alle Benutzer und Anwendungen.
invite-submit = Link erzeugen
invited-title = Die Einladung ist bereit
invited-once = Kopieren Sie den Link jetzt. Er wird nur dieses eine Mal gezeigt.
invited-text = Geben Sie diesen Link an { $email }. Wer ihn zuerst öffnet, wählt das Passwort.
invited-until = Er gilt bis
invited-done = Fertig
disable-title = { $name } sperren?
disable-text = Der Benutzer wird überall abgemeldet, Token gelten nicht mehr, und niemand kann sich mit dem Konto anmelden, bis Sie es wieder freigeben. Gelöscht wird nichts.
enable-title = { $name } freigeben?
enable-text = Der Benutzer kann sich wieder anmelden. Beendete Sitzungen und Token bleiben beendet.
user-disabled-notice = { $name } ist gesperrt.
user-signed-out-notice = { $name } ist überall abgemeldet.
user-enabled-notice = { $name } ist freigegeben.
