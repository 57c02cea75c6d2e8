from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from domain.bulk import read
from domain.errors import DomainError


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


HALF = gzip.compress(b"code,name\n", mtime=0)[:-6]


@pytest.mark.parametrize(
    "content",
    [
        "code,name\np01,گیلان\np02,\n",
        "\ufeffcode,name\r\np01,گیلان\r\np02,\r\n",
        'code,name\n"p01","گیلان"\n\np02,""',
        "name,code,more\nگیلان,p01,x\n,p02,y\n",
    ],
)
def test_csv_of_every_usual_make(tmp_path: Path, content: str) -> None:
    lines = list(read(write(tmp_path / "list.csv", content), ("code", "name")))
    assert [(line.cells["code"], line.cells["name"]) for line in lines] == [
        ("p01", "گیلان"),
        ("p02", ""),
    ]
    assert lines[0].number == 2


def test_gzip(tmp_path: Path) -> None:
    path = write(tmp_path / "list.csv.gz", gzip.compress(b"code\np01\n", mtime=0))
    assert [line.code("code", longest=16) for line in read(path, ("code",))] == ["p01"]


@pytest.mark.parametrize(
    ("name", "content", "code", "where"),
    [
        ("list.csv", None, "file_missing", {}),
        ("list.csv", "", "file_column", {"line": 1, "column": "code"}),
        ("list.csv", "code,title\n", "file_column", {"line": 1, "column": "name"}),
        ("list.csv", b"code,name\np01,\xff\n", "file_encoding", {"line": 2}),
        ("list.csv", "code,name\np01\n", "file_unreadable", {"line": 2}),
        ("list.csv", "code,name\np01,a,b\n", "file_unreadable", {"line": 2}),
        ("list.csv", 'code,name\np01,"a\n', "file_unreadable", {"line": 2}),
        ("list.csv.gz", "code,name\n", "file_unreadable", {"line": 1}),
        ("list.csv.gz", HALF, "file_unreadable", {"line": 1}),
    ],
)
def test_bad_files_say_where(
    tmp_path: Path, name: str, content: str | bytes | None, code: str, where: dict[str, object]
) -> None:
    path = tmp_path / name
    if content is not None:
        write(path, content)
    with pytest.raises(DomainError) as refused:
        list(read(path, ("code", "name")))
    assert refused.value.code == code
    assert refused.value.params == {"file": name, **where}
    assert name in str(refused.value)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("", "file_required"),
        (" ", "file_required"),
        ("p 01", "file_value"),
        ("-p", "file_value"),
        ("پ۰۱", "file_value"),
        ("p" * 17, "file_value"),
        ("p\x01", "file_value"),
    ],
)
def test_bad_codes(tmp_path: Path, cell: str, code: str) -> None:
    (line,) = read(write(tmp_path / "list.csv", f'code,name\n"{cell}",x\n'), ("code",))
    with pytest.raises(DomainError) as refused:
        line.code("code", longest=16)
    assert refused.value.code == code
    assert refused.value.params == {"file": "list.csv", "line": 2, "column": "code"}
