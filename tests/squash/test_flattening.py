"""What remains of layers that lie over each other (squash, section 4)."""

import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from pierhead.layers.model.errors import LayerInvalid
from tests.layers.archives import Made, compress, contents, file, folder, hardlink, names, opaque, pack, symlink, unpack, whiteout
from tests.services.tools import require_tool
from tests.squash.flattening import MOMENT, squash


def test_a_single_layer_stays_as_it_is() -> None:
    layer = pack(folder("etc"), file("etc/hosts", b"hosts"), symlink("lib", "usr/lib"))
    assert contents(squash(layer)) == {"etc/hosts": b"hosts"}
    assert names(squash(layer)) == ["etc", "etc/hosts", "lib"]


def test_the_upper_file_wins() -> None:
    assert contents(squash(pack(file("a", b"old")), pack(file("a", b"new")))) == {"a": b"new"}


def test_a_whiteout_hides_a_file_and_is_not_emitted() -> None:
    assert names(squash(pack(file("a"), file("b")), pack(whiteout("a")))) == ["b"]


def test_a_whiteout_hides_a_folder_with_everything_in_it() -> None:
    lower = pack(folder("d"), folder("d/e"), file("d/e/f"), file("d-f"), file("dd"))
    assert names(squash(lower, pack(whiteout("d")))) == ["d-f", "dd"]


def test_a_whiteout_does_not_hide_what_its_own_layer_brings() -> None:
    lower = pack(folder("d"), file("d/old"))
    for upper in (pack(whiteout("d"), folder("d"), file("d/new")), pack(folder("d"), file("d/new"), whiteout("d"))):
        assert names(squash(lower, upper)) == ["d", "d/new"]


def test_what_was_hidden_comes_back_in_a_higher_layer() -> None:
    assert contents(squash(pack(file("a", b"1")), pack(whiteout("a")), pack(file("a", b"2")))) == {"a": b"2"}


def test_a_whiteout_of_something_that_never_was_is_harmless() -> None:
    assert names(squash(pack(file("a")), pack(whiteout("x/y")))) == ["a"]


def test_an_opaque_folder_hides_what_was_in_it_and_keeps_what_is_new() -> None:
    lower = pack(folder("d"), file("d/old"), folder("d/sub"), file("d/sub/old"), file("e"))
    assert names(squash(lower, pack(folder("d"), opaque("d")))) == ["e", "d"]
    assert names(squash(lower, pack(folder("d"), file("d/new"), opaque("d")))) == ["e", "d", "d/new"]


def test_an_opaque_root_hides_everything_below() -> None:
    assert names(squash(pack(file("a"), file("d/b")), pack(opaque(""), file("c")))) == ["c"]


def test_other_metadata_of_aufs_is_not_emitted() -> None:
    layer = pack(folder(".wh..wh.plnk"), file(".wh..wh.plnk/1.2"), file(".wh..wh.aufs"), file("a"))
    assert names(squash(layer)) == ["a"]


def test_a_file_in_the_place_of_a_folder_hides_what_was_in_it() -> None:
    assert contents(squash(pack(folder("d"), file("d/old")), pack(file("d", b"file")))) == {"d": b"file"}


def test_a_folder_in_the_place_of_a_file_wins() -> None:
    assert names(squash(pack(file("d")), pack(folder("d"), file("d/new")))) == ["d", "d/new"]


def test_a_folder_does_not_bring_back_what_a_file_between_has_hidden() -> None:
    assert names(squash(pack(folder("d"), file("d/old")), pack(file("d")), pack(folder("d"), file("d/new")))) == ["d", "d/new"]


def test_the_attributes_of_the_uppermost_folder_win() -> None:
    found = unpack(squash(pack(folder("d", 0o700), file("d/a")), pack(folder("d", 0o755, user=7))))
    assert (found["d"].mode, found["d"].uid) == (0o755, 7)


def test_the_same_path_twice_in_a_layer_means_the_last_one() -> None:
    assert contents(squash(pack(file("a", b"1"), file("a", b"2")))) == {"a": b"2"}


def test_a_file_that_replaces_a_folder_in_its_own_layer_drops_what_was_in_it() -> None:
    layer = pack(folder("d"), file("d/gone"), file("d", b"file"))
    assert contents(squash(layer)) == {"d": b"file"}
    again = pack(folder("d"), file("d/gone"), file("d"), folder("d"), file("d/new"))
    assert names(squash(again)) == ["d", "d/new"]


def test_paths_have_one_form() -> None:
    assert contents(squash(pack(file("./a", b"1"), file("/b", b"1")), pack(file("a", b"2"), file("./b", b"2")))) == {"a": b"2", "./b": b"2"}


def test_missing_folders_are_added() -> None:
    found = unpack(squash(pack(file("d/e/f"))))
    assert list(found) == ["d", "d/e", "d/e/f"]
    assert (found["d/e"].type, found["d/e"].mode, found["d/e"].mtime) == (tarfile.DIRTYPE, 0o755, MOMENT)


def test_a_path_that_leaves_the_root_is_refused() -> None:
    with pytest.raises(LayerInvalid, match="leaves the root"):
        squash(pack(file("a/../../etc/passwd")))


def test_hard_links_stay_links() -> None:
    found = unpack(squash(pack(file("a", b"1"), hardlink("b", "a"), hardlink("c", "b"))))
    assert [(entry.type, entry.linkname) for entry in found.values()][1:] == [(tarfile.LNKTYPE, "a"), (tarfile.LNKTYPE, "a")]


@pytest.mark.parametrize("upper", [pack(whiteout("a")), pack(file("a", b"new")), pack(folder("a"))])
def test_a_hard_link_whose_target_goes_takes_its_content_and_the_others_link_to_it(upper: bytes) -> None:
    found = squash(pack(file("a", b"old", 0o640), hardlink("b", "a"), hardlink("c", "a")), upper)
    assert (contents(found)["b"], contents(found)["c"]) == (b"old", b"old")
    entries = unpack(found)
    assert (entries["b"].type, entries["b"].mode) == (tarfile.REGTYPE, 0o640)
    assert (entries["c"].type, entries["c"].linkname) == (tarfile.LNKTYPE, "b")


def test_a_hard_link_to_a_link_that_goes_points_to_the_file() -> None:
    found = unpack(squash(pack(file("a"), hardlink("b", "a"), hardlink("c", "b")), pack(whiteout("b"))))
    assert (found["c"].type, found["c"].linkname) == (tarfile.LNKTYPE, "a")


def test_a_hard_link_reaches_into_a_lower_layer() -> None:
    lower, upper = pack(file("a", b"1")), pack(hardlink("b", "a"))
    assert unpack(squash(lower, upper))["b"].linkname == "a"
    assert contents(squash(lower, upper, pack(whiteout("a")))) == {"b": b"1"}


def test_a_hard_link_to_itself_is_the_file() -> None:
    assert contents(squash(pack(file("a", b"1"), hardlink("a", "a")))) == {"a": b"1"}


def test_a_hard_link_to_nothing_is_refused() -> None:
    with pytest.raises(LayerInvalid, match="points to nothing"):
        squash(pack(hardlink("b", "a")))


def test_more_looking_into_lower_layers_than_any_image_needs_is_refused() -> None:
    deep = "/".join("d" * 200)
    lower = pack(*(file(f"{deep}/f{number}", b"") for number in range(100)))
    upper = pack(*(hardlink(f"l{number}", f"{deep}/f{number}") for number in range(100)))
    with pytest.raises(LayerInvalid, match="too many hard links"):
        squash(lower, *[pack(file("x"))] * 110, upper)


def test_a_long_name_takes_the_place_of_a_short_one() -> None:
    long = "/".join(["folder" * 10] * 5)
    lower = pack(file("a", b"old"), hardlink(f"{long}/b", "a"), form=tarfile.GNU_FORMAT)
    assert contents(squash(lower, pack(whiteout("a")))) == {f"{long}/b": b"old"}


def test_devices_and_extended_attributes_are_kept() -> None:
    records = {"SCHILY.xattr.security.capability": "x", "SCHILY.xattr.user.a": "b"}
    layer = pack(
        file("gone"),
        file("capable", records=records),
        Made("null", kind=tarfile.CHRTYPE, device=(1, 3)),
        Made("disk", kind=tarfile.BLKTYPE, device=(8, 0)),
        Made("pipe", kind=tarfile.FIFOTYPE),
    )
    found = unpack(squash(layer, pack(whiteout("gone"))))
    assert records.items() <= found["capable"].pax_headers.items()
    assert [(entry.type, entry.devmajor, entry.devminor) for entry in list(found.values())[1:3]] == [
        (tarfile.CHRTYPE, 1, 3),
        (tarfile.BLKTYPE, 8, 0),
    ]
    assert found["pipe"].type == tarfile.FIFOTYPE


def test_extended_attributes_go_with_the_content_that_a_hard_link_takes() -> None:
    layer = pack(file("a", b"1", records={"SCHILY.xattr.user.a": "b"}), hardlink("b", "a"))
    found = unpack(squash(layer, pack(whiteout("a"))))
    assert found["b"].pax_headers["SCHILY.xattr.user.a"] == "b"


def test_global_headers_go_with_every_entry_that_is_kept() -> None:
    layer = pack(file("gone"), file("a", b"1"), common={"SCHILY.xattr.user.all": "yes"})
    assert unpack(squash(layer, pack(whiteout("gone"))))["a"].pax_headers["SCHILY.xattr.user.all"] == "yes"


@pytest.mark.parametrize("by", ["gzip", "zstd", "nothing"])
def test_layers_may_be_packed_in_any_way(by: str) -> None:
    lower, upper = pack(file("a", b"1"), file("b")), pack(whiteout("b"))
    assert squash(compress(lower, by), compress(upper, by)) == squash(lower, upper)


@pytest.mark.parametrize("form", ["gnu", "posix"])
@pytest.mark.parametrize("version", ["0.0", "0.1", "1.0"])
def test_sparse_files_stay_exact(tmp_path: Path, form: str, version: str) -> None:
    tar = require_tool("tar", package="Debian: tar")
    with (tmp_path / "sparse").open("wb") as opened:
        for place in range(12):
            opened.seek(place * 1024 * 1024)
            opened.write(b"island %d" % place)
        opened.truncate(16 * 1024 * 1024)
    os.link(tmp_path / "sparse", tmp_path / "twin")
    command = [str(tar), "--sparse", f"--format={form}", "-cf", str(tmp_path / "layer.tar"), "-C", str(tmp_path), "sparse", "twin"]
    if form == "posix":
        command.insert(2, f"--sparse-version={version}")
    subprocess.run(command, check=True, timeout=30)
    layer = (tmp_path / "layer.tar").read_bytes()
    original = (tmp_path / "sparse").read_bytes()

    kept, renamed = squash(layer), squash(layer, pack(whiteout("sparse")))

    assert len(kept) < len(original) / 4
    assert contents(kept)["sparse"] == original
    assert contents(renamed) == {"twin": original}
