"""Become another program that ends when the supervisor ends, even when that one is killed.

Used as a script: `python tether.py PARENT_PID SIGNAL UID GID PROGRAM [ARGUMENT ...]`; a UID of
-1 keeps the user. A script of its own, because running Python code between fork and exec is
unsafe once a process has threads.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def _drop_user(uid: int, gid: int) -> None:
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def main() -> None:
    parent, signum, uid, gid = (int(word) for word in sys.argv[1:5])
    # First the user: the kernel forgets the parent-death signal when the user changes.
    _drop_user(uid, gid)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signum, 0, 0, 0)
    # The parent may have ended before the kernel was told to watch it.
    if os.getppid() != parent:
        sys.exit(1)
    os.execv(sys.argv[5], sys.argv[5:])


if __name__ == "__main__":
    main()
