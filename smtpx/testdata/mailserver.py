#!/usr/bin/python3
# mailserver.py PORT OUT CERT KEY [smtps]: STARTTLS, or TLS from the first byte, and then AUTH PLAIN or LOGIN are required. A
# mail becomes a line of JSON in OUT. Recipients that begin with "bad" are refused.
import json, signal, ssl, sys
from email import message_from_bytes, policy
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

port, out, cert, key = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
implicit = sys.argv[5:] == ["smtps"]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)


def authenticate(server, session, envelope, mechanism, data):
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"alice", b"s3cret")
    return AuthResult(success=right, handled=False)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("bad"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = message_from_bytes(envelope.content, policy=policy.default)
        parts = {}
        for subtype in "plain", "html":
            body = mail.get_body((subtype,))
            parts[subtype] = body.get_content() if body else None
        with open(out, "a") as f:
            f.write(json.dumps({
                "from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": bool(session.ssl), "auth": session.authenticated,
                "headers": {k.lower(): str(v) for k, v in mail.items()}, "defects": [str(d) for d in mail.defects], **parts,
            }) + "\n")
        return "250 OK"


class Server(Controller):
    def factory(self):
        return SMTP(self.handler, hostname="localhost", enable_SMTPUTF8=True, authenticator=authenticate, auth_required=True,
                    auth_require_tls=not implicit, tls_context=None if implicit else context, require_starttls=not implicit)


server = Server(Handler(), hostname="127.0.0.1", port=port, ssl_context=context if implicit else None)
server.start()
signal.sigwait([signal.SIGTERM, signal.SIGINT])
server.stop()
