"""What devices are set up with, from the command line."""

import base64
import json
import pathlib
import subprocess

import obctl
import provisioning_pfx
import rig
from admin_rows_test import ACM, CCM, CIRA, HOME, OFFICE, PROXY, PROXY6, RADIUS, WIRED, Admin
from rig import contains, same


def with_server(test):
    def run():
        admin = Admin()
        try:
            test(admin.server)
        finally:
            admin.server.stop()
    run.__name__ = test.__name__
    return run


def said(server, *words, code=0, **how):
    """Standard output of a command that ends with that code, or standard error when it failed."""
    text = how.pop("stdin", None)
    process = obctl.start(server, *words, text=True, stdin=subprocess.PIPE, **how)
    out, err = process.communicate(text, timeout=60)
    same((process.returncode, err if code == 0 else ""), (code, ""))
    return out if code == 0 else err


def add(server, collection, body):
    return said(server, collection, "add", "-", stdin=json.dumps(body))


def add_all(server):
    for collection, body in [("ciraconfigs", CIRA), ("ieee8021xconfigs", WIRED),
                             ("ieee8021xconfigs", RADIUS), ("wirelessconfigs", HOME),
                             ("wirelessconfigs", OFFICE), ("proxyconfigs", PROXY),
                             ("proxyconfigs", PROXY6), ("profiles", ACM), ("profiles", CCM)]:
        add(server, collection, body)


@with_server
def each_kind_is_added_listed_shown_changed_and_removed(server):
    add_all(server)
    for collection, name, change in [
            ("ciraconfigs", "ciraconfig1", {"username": "another"}),
            ("wirelessconfigs", "home", {"ssid": "elsewhere", "pskPassphrase": "12345678"}),
            ("ieee8021xconfigs", "wired1", {"pxeTimeout": 60}),
            ("proxyconfigs", "proxy1", {"port": 81}), ("profiles", "ccm", {"solEnabled": True})]:
        contains(said(server, collection, "list").lower(), name)
        row = json.loads(said(server, collection, "show", name, "--json"))
        file = pathlib.Path(server.data) / "change.json"
        file.write_text(json.dumps({**row, **change}))
        member, value = next(iter(change.items()))
        contains(said(server, collection, "change", str(file)), member)
        same(json.loads(said(server, collection, "show", name, "--json"))[member], value)
    said(server, "profiles", "remove", "ccm", code=2)
    own = (pathlib.Path(server.data) / "ca.pem").read_text()
    contains(add(server, "ciraconfigs", {**CIRA, "configName": "astray", "mpsRootCertificate": own}),
             "Devices will not call in")
    same(said(server, "ciraconfigs", "remove", "astray", "--yes"), "removed\n")
    for collection, name in [("profiles", "acmProfile"), ("ciraconfigs", "ciraconfig1"),
                             ("wirelessconfigs", "home"), ("wirelessconfigs", "office"),
                             ("proxyconfigs", "proxy1"), ("ieee8021xconfigs", "wired1")]:
        same(said(server, collection, "remove", name, "--yes"), "removed\n")
    contains(said(server, "ciraconfigs", "show", "ciraconfig1", code=4),
             "CIRA profile ciraconfig1 Not Found")


@with_server
def a_domain_takes_a_file_and_a_password_that_is_no_argument(server):
    folder = pathlib.Path(server.data)
    pfx = folder / "d1.pfx"
    pfx.write_bytes(base64.b64decode(provisioning_pfx.make("amt.d1.com")))
    (folder / "password").write_text(provisioning_pfx.PASSWORD + "\n")
    words = ["domains", "add", "d1", "--suffix", "d1.com", "--pfx", str(pfx)]
    contains(said(server, *words, stdin="wrong\n", code=2), "Unable to decrypt")
    contains(said(server, *words, stdin=provisioning_pfx.PASSWORD + "\n"), "expirationDate")
    said(server, "domains", "remove", "d1", "--yes")
    said(server, *words, "--password-file", str(folder / "password"))
    contains(said(server, "domains", "list"), "d1.com")
    row = json.loads(said(server, "domains", "show", "d1", "--json"))
    said(server, "domains", "change", "-", "--pfx", str(pfx), "--password-file",
         str(folder / "password"), stdin=json.dumps(row))


@with_server
def profiles_are_exported_imported_cloned_and_compared(server):
    add_all(server)
    export = said(server, "profiles", "export", "acmProfile")
    file = pathlib.Path(server.data) / "export.json"
    file.write_text(export)
    contains(said(server, "profiles", "import", str(file), code=5), "already exists")
    contains(said(server, "profiles", "import", str(file), "--name", "second"), "second")
    content, key = json.loads(export)["content"], json.loads(export)["key"]
    (pathlib.Path(server.data) / "x.yaml").write_text(content)
    (pathlib.Path(server.data) / "x.key").write_text(key)
    said(server, "profiles", "import", "--content", str(pathlib.Path(server.data) / "x.yaml"),
         "--key-file", str(pathlib.Path(server.data) / "x.key"), "--name", "third")
    said(server, "profiles", "clone", "ccm", "twin")
    table = said(server, "profiles", "compare", "acmProfile", "twin")
    contains(table, "activation")
    same("assword" in table.replace("generateRandomPassword", "")
         .replace("generateRandomMEBxPassword", ""), False)
    listed = said(server, "profiles", "list")
    for name in ("acmProfile", "ccm", "second", "third", "twin"):
        contains(listed, name)


if __name__ == "__main__":
    rig.main([each_kind_is_added_listed_shown_changed_and_removed,
              a_domain_takes_a_file_and_a_password_that_is_no_argument,
              profiles_are_exported_imported_cloned_and_compared])
