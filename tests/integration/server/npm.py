"""Packages of npm that tests speak to. For the tests beside this file and elsewhere."""

import os
import shutil
import subprocess


def install(source, folder, names, programs=()):
    """Copies the files of those names and has npm put the packages of their lock file beside them,
    in a folder of the build; says why when that is not possible."""
    for program in ("npm", "node", *programs):
        if shutil.which(program) is None:
            return f"there is no {program}"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc", *names):
        shutil.copy(source / name, folder)
    lock = (source / "package-lock.json").read_text()
    stamp = folder / "installed"
    if stamp.exists() and stamp.read_text() == lock:
        return None
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder,
                          capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        return f"npm cannot install the packages: {done.stderr}"
    stamp.write_text(lock)
    return None


def skip_all(reason):
    """TAP of a test that cannot run here; CI must be able to."""
    if os.environ.get("CI") == "true":
        print(f"1..1\nnot ok 1 - {reason}")
        return 1
    print("1..0 # SKIP " + " ".join(reason.split()))
    return 0
