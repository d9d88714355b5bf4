from __future__ import annotations

from typing import TYPE_CHECKING

import pysequoia
import pytest

from pypkg.chart.packager import package
from pypkg.chart.scaffold import create
from pypkg.errors import VerificationError
from pypkg.repo.provenance import keyring
from pypkg.repo.provenance.sign import sign
from pypkg.repo.provenance.statement import Statement
from pypkg.repo.provenance.verify import unsigned_statement, verify
from tests.conftest import PASSPHRASE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("signed")
    create("web", folder)
    return package(folder / "web", folder)


def passphrase(owner: str) -> str:
    raise AssertionError(f"the key of {owner} is not locked")


def signed(archive: Path, keys: Path, name: str = "ann@example.com") -> bytes:
    text = sign(archive, keys=keys / "secring.gpg", name=name, passphrase=passphrase)
    return text.encode()


def checked(archive: Path, provenance: bytes, ring: Path) -> str:
    done = verify(archive.read_bytes(), provenance, name=archive.name, keys=ring)
    assert done.digest in provenance.decode()
    return done.signers[0]


def refusal(archive: Path, provenance: bytes, ring: Path) -> str:
    with pytest.raises(VerificationError) as caught:
        checked(archive, provenance, ring)
    return str(caught.value)


def test_what_is_signed_is_verified(archive: Path, keys: Path) -> None:
    provenance = signed(archive, keys)
    assert checked(archive, provenance, keys / "pubring.gpg") == "Ann <ann@example.com>"


def test_an_armored_keyring_is_one_too(archive: Path, keys: Path) -> None:
    ann = pysequoia.Cert.split_file(str(keys / "pubring.gpg"))[0]
    ring = keys / "ann.asc"
    ring.write_text(str(ann))
    assert checked(archive, signed(archive, keys), ring).startswith("Ann ")


def test_gnupgs_keybox_is_read(archive: Path, gnupg: Path) -> None:
    asked = []

    def answer(owner: str) -> str:
        asked.append(owner)
        return PASSPHRASE

    secrets = gnupg / "secring.gpg"
    text = sign(archive, keys=secrets, name="bob", passphrase=answer)
    assert asked == ["Bob <bob@example.com>"]
    assert checked(archive, text.encode(), gnupg / "pubring.kbx") == asked[0]
    assert keyring.default_path({"GNUPGHOME": str(gnupg)}) == gnupg / "pubring.kbx"


def test_a_wrong_passphrase_is_said_to_be_wrong(archive: Path, gnupg: Path) -> None:
    with pytest.raises(VerificationError, match="not the passphrase of Bob"):
        sign(archive, keys=gnupg / "secring.gpg", name="bob", passphrase=lambda _: "no")


def test_a_strangers_signature_names_the_key(archive: Path, keys: Path) -> None:
    ring = keys / "anna.gpg"
    ann, anna = pysequoia.Cert.split_file(str(keys / "pubring.gpg"))
    ring.write_bytes(bytes(anna))
    found = refusal(archive, signed(archive, keys), ring)
    assert "which is not in" in found
    packets = keyring.fingerprints(ann)
    assert any(mark.upper() in found for mark in packets)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"name: web", b"name: xeb"), (b"sha256:", b"sha256:0"), (b"\nw", b"\nv")],
)
def test_a_changed_statement_is_refused(
    archive: Path, keys: Path, old: bytes, new: bytes
) -> None:
    changed = signed(archive, keys).replace(old, new, 1)
    assert refusal(archive, changed, keys / "pubring.gpg")


def test_a_changed_archive_is_refused(
    archive: Path, keys: Path, tmp_path: Path
) -> None:
    provenance = signed(archive, keys)
    other = tmp_path / archive.name
    other.write_bytes(archive.read_bytes() + b"\0")
    found = refusal(other, provenance, keys / "pubring.gpg")
    assert "is not the archive that was signed" in found


def test_another_file_name_is_refused(archive: Path, keys: Path) -> None:
    provenance, ring = signed(archive, keys), keys / "pubring.gpg"
    with pytest.raises(VerificationError, match=r"about web-0.1.0.tgz, not about x"):
        verify(archive.read_bytes(), provenance, name="x.tgz", keys=ring)


@pytest.mark.parametrize("junk", [b"", b"junk", b"-----BEGIN PGP SIGNED MESSAGE-----"])
def test_what_is_no_provenance_is_refused(
    archive: Path, keys: Path, junk: bytes
) -> None:
    assert "no signed text" in refusal(archive, junk, keys / "pubring.gpg")


def test_a_name_that_several_keys_have_is_refused(archive: Path, keys: Path) -> None:
    with pytest.raises(VerificationError, match="more than one key of Ann"):
        signed(archive, keys, "Ann")
    assert signed(archive, keys, "Ann <ann@example.com>")


def test_a_key_that_is_not_there_is_missed(archive: Path, keys: Path) -> None:
    with pytest.raises(VerificationError, match="no secret key of Eve"):
        signed(archive, keys, "Eve")


def test_a_statement_reads_back() -> None:
    statement = Statement({"name": "web", "version": "1.0.0"}, {"a.tgz": "sha256:00"})
    assert Statement.parse(statement.text()) == statement


def test_lines_that_begin_with_a_dash_survive(archive: Path, keys: Path) -> None:
    provenance = signed(archive, keys)
    text = Statement({"keywords": ["a"], "name": "web"}, {"w.tgz": "sha256:0"}).text()
    key = pysequoia.Tsk.generate("Ann <ann@example.com>")
    mode = pysequoia.SignatureMode.CLEAR
    made = pysequoia.sign(key.signer(), text.encode(), mode=mode)
    assert b"\n- - a\n" in made
    assert unsigned_statement(made).metadata["keywords"] == ["a"]
    assert unsigned_statement(provenance).metadata["name"] == "web"


@pytest.mark.oracle
def test_helm_verifies_what_pypkg_signed(
    real_helm: Command, archive: Path, keys: Path, tmp_path: Path
) -> None:
    beside = tmp_path / archive.name
    beside.write_bytes(archive.read_bytes())
    beside.with_name(f"{archive.name}.prov").write_bytes(signed(archive, keys))
    out = real_helm.ok("verify", beside, "--keyring", keys / "pubring.gpg")
    assert "Signed by: Ann <ann@example.com>\n" in out


@pytest.mark.oracle
def test_pypkg_says_what_helm_says_of_what_helm_signed(
    real_helm: Command, pypkg: Command, gnupg: Path, tmp_path: Path
) -> None:
    create("web", tmp_path)
    secrets: list[str | Path] = [
        "--keyring",
        gnupg / "secring.gpg",
        "--passphrase-file",
        "-",
    ]
    signing: list[str | Path] = ["--sign", "--key", "bob@", *secrets]
    real_helm.ok(
        "package", tmp_path / "web", "-d", tmp_path, *signing, text=f"{PASSPHRASE}\n"
    )
    words: list[str | Path] = [
        "verify",
        tmp_path / "web-0.1.0.tgz",
        "--keyring",
        gnupg / "pubring.kbx",
    ]
    assert pypkg.ok(*words) == real_helm.ok(*words)


def test_package_signs(pypkg: Command, keys: Path, tmp_path: Path) -> None:
    create("web", tmp_path)
    dist = tmp_path / "dist"
    flags: list[str | Path] = ["--sign", "--keyring", keys / "secring.gpg", "-d", dist]
    assert "--key is required" in pypkg.fails("package", tmp_path / "web", *flags)
    pypkg.fails("package", tmp_path / "web", *flags, "--key", "Eve")
    assert not [*dist.iterdir()]
    pypkg.ok("package", tmp_path / "web", *flags, "--key", "ann@")
    ring: list[str | Path] = ["--keyring", keys / "pubring.gpg"]
    pypkg.ok("verify", dist / "web-0.1.0.tgz", *ring)
    assert "web:" in pypkg.ok(
        "template", "r", dist / "web-0.1.0.tgz", "--verify", *ring
    ).replace("app.kubernetes.io/name: web", "web:")
    (dist / "web-0.1.0.tgz.prov").unlink()
    assert ".prov" in pypkg.fails(
        "template", "r", dist / "web-0.1.0.tgz", "--verify", *ring
    )
