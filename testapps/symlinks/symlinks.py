#!/usr/bin/env python3
"""Follows the links of its Dockerfile and reads the standard library's __pycache__ files.

Links must be links (lstat) with the target they were made with, not copies of what they lead to. A .pyc file
names the size and time of its source, so that one wrong modification time in the image shows here.
"""

import errno
import importlib.util
import marshal
import os
import stat
import struct
import sysconfig

ROOT = b"/app/links"
END = b"/app/links/data/file.txt"
LONG = b"./" * 500 + b"data/file.txt"
LINKS = {
    b"relative": b"data/file.txt",
    b"absolute": END,
    b"deep/through": b"a/b/c/../data/file.txt",
    b"chain6": b"deep/through",
    b"chain5": b"directory/../chain6",
    b"chain4": b"/app/links/chain5",
    b"chain3": b"deep/../chain4",
    b"chain2": b"chain3",
    b"chain1": b"chain2",
    b"long": LONG,
    b"gr\xfcn": b"relative",
}
FOLDERS = {b"directory": b"data", b"deep/a/b/c": b"../../../data"}


def check_link(name: bytes, target: bytes) -> bytes:
    path = os.path.join(ROOT, name)
    status = os.lstat(path)
    assert stat.S_ISLNK(status.st_mode), f"{path!r} is not a symbolic link"
    assert status.st_size == len(target), f"{path!r} has size {status.st_size}, its target has {len(target)}"
    assert os.readlink(path) == target, f"{path!r} leads to {os.readlink(path)!r}"
    return path


def check_links() -> None:
    for name, target in LINKS.items():
        path = check_link(name, target)
        assert os.path.realpath(path, strict=True) == END, f"{path!r} ends at {os.path.realpath(path)!r}"
        assert os.path.samefile(path, END), f"{path!r} and {END!r} are two files"
        with open(path, "rb") as file:
            assert file.read() == b"the end of the chain\n", f"{path!r} reads as something else"
        shown = target if len(target) < 80 else target[:8] + b"... (%d bytes)" % len(target)
        print(f"link {ascii(os.fsdecode(name))} -> {os.fsdecode(shown)}")
    for name, target in FOLDERS.items():
        path = check_link(name, target)
        assert os.listdir(path) == [b"file.txt"], f"{path!r} lists {os.listdir(path)!r}"
        with open(os.path.join(path, b"..", b"data", b"file.txt"), "rb") as file:
            assert file.read() == b"the end of the chain\n", f"{path!r}/.. is the wrong folder"
        print(f"folder {os.fsdecode(name)} -> {os.fsdecode(target)}")
    for name, target, error in ((b"dangling", b"nowhere", errno.ENOENT), (b"loop-a", b"loop-b", errno.ELOOP)):
        path = check_link(name, target)
        try:
            os.stat(path)
        except OSError as failure:
            assert failure.errno == error, f"{path!r}: {failure}"
            print(f"nowhere {os.fsdecode(name)} -> {os.fsdecode(target)}: {errno.errorcode[error]}")
        else:
            raise AssertionError(f"{path!r} leads somewhere")


def check_system_links() -> None:
    interpreter = os.path.realpath("/usr/bin/python3", strict=True)
    assert os.path.islink("/usr/bin/python3"), "/usr/bin/python3 is not a symbolic link"
    assert os.path.islink("/bin") and os.path.samefile("/bin/python3", interpreter), "/bin is not /usr/bin"
    assert os.path.islink("/usr/bin/awk") and os.path.islink("/etc/alternatives/awk"), "awk has no alternatives"
    print(f"system /bin/awk -> {os.path.realpath('/bin/awk', strict=True)}")


def check_pycache() -> None:
    checked = 0
    library = sysconfig.get_path("stdlib")
    for folder, _, names in os.walk(library):
        if os.path.basename(folder) != "__pycache__":
            continue
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                magic, flags, time, size = struct.unpack("<4sIII", file.read(16))
                code = marshal.load(file)
            source = importlib.util.source_from_cache(path)
            status = os.stat(source)
            assert magic == importlib.util.MAGIC_NUMBER, f"{path}: magic {magic!r}"
            assert flags == 0, f"{path}: flags {flags}"
            assert time == int(status.st_mtime), f"{path}: made from a source of {time}, which is of {status.st_mtime}"
            assert size == status.st_size, f"{path}: made from a source of {size} bytes, which has {status.st_size}"
            assert code.co_filename == source, f"{path}: code of {code.co_filename}"
            checked += 1
    assert checked > 300, f"only {checked} .pyc files in {library}"
    print("pycache: every .pyc file of the standard library has the time and size of its source")


check_links()
check_system_links()
check_pycache()
