"""`rpc deactivate` and the real server's devices API."""

import json

from ground import PASSWORD, Ground
from agent import contains, main, same
from console import Console


class All:
    """What the tests share."""

    ground = None


def begin():
    All.ground = Ground()


def url(path=""):
    return f"https://127.0.0.1:{All.ground.site.server.https}{path}"


def known(**more):
    return {"AUTH_TOKEN": All.ground.site.server.token, "SSL_CERT_FILE": str(All.ground.ca),
            **more}


def row_of(machine):
    return All.ground.site.server.ask("GET", f"/api/v1/devices/{machine.guid}")


def a_deactivated_machine_is_removed_from_the_server():
    for profile in ("ccm", "acm"):
        machine = All.ground.machine()
        machine.activate(profile)
        same(row_of(machine)[0], 200)
        ended = machine.run("deactivate", "--url", url(), "--json",
                            **known(AMT_PASSWORD=PASSWORD))
        same(json.loads(ended.out), {"message": "Device deactivated", "status": "success"})
        same((machine.mode(), row_of(machine)[0]), ("not activated", 404))


def a_server_that_keeps_it_is_told_of():
    machine = All.ground.machine()
    machine.activate("ccm")
    console = Console(lambda *_: (500, {"error": "the database is away"}))
    said = machine.run("deactivate", "--url", console.url, status=10).log
    contains(said, "AMT is deactivated, but the server still lists it: ")
    contains(said, "the database is away")
    same((machine.mode(), console.calls()),
         ("not activated", [("DELETE", f"/api/v1/devices/{machine.guid}")]))
    console.stop()


def nothing_happens_when_the_server_refuses_the_login():
    machine = All.ground.machine()
    machine.activate("ccm")
    machine.run("deactivate", "--url", url(), status=70, SSL_CERT_FILE=str(All.ground.ca),
                AUTH_USERNAME="admin", AUTH_PASSWORD="wrong")
    machine.run("deactivate", "--url", url(), status=22, AUTH_USERNAME="admin",
                AUTH_PASSWORD="wrong")
    same((machine.mode(), row_of(machine)[0]), ("client control mode", 200))


def end_of_all():
    All.ground.site.stop()


if __name__ == "__main__":
    main([
        begin,
        a_deactivated_machine_is_removed_from_the_server,
        a_server_that_keeps_it_is_told_of,
        nothing_happens_when_the_server_refuses_the_login,
        end_of_all,
    ])
