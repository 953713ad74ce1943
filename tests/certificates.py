"""Certificates that sign themselves, made on the fly by the openssl of this machine."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

# Only `openssl ca` makes certificates that have expired already.
CONFIG = """
[ca]
default_ca = this
[this]
database = index
new_certs_dir = .
default_md = sha256
rand_serial = yes
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = {names}
"""


@dataclass(frozen=True)
class Certificate:
    """Where a certificate and its key are."""

    path: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """What a server with this certificate serves with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path, self.key)
        return context


def make(folder: Path, *, names: str, until: str = "20991231235959Z") -> Certificate:
    """A certificate for these names (`DNS:receiver.test,IP:127.0.0.1`), in a folder that is made for it."""
    folder.mkdir()
    (folder / "config").write_text(CONFIG.format(names=names))
    (folder / "index").touch()
    ask = f"req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN={folder.name}"
    sign = f"ca -batch -selfsign -config config -startdate 20200101000000Z -enddate {until}"
    for command in (
        f"{ask} -out request.pem -keyout key.pem",
        f"{sign} -in request.pem -keyfile key.pem -out certificate.pem",
    ):
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    return of(folder)


def of(folder: Path) -> Certificate:
    """The certificate that was made in this folder."""
    return Certificate(folder / "certificate.pem", folder / "key.pem")
