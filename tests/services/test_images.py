"""The images that tests push."""

from pathlib import Path

from tests.services.images import ImageLayout, pack_files


def test_a_layout_is_the_same_byte_for_byte_each_time_it_is_made(tmp_path: Path) -> None:
    made = []
    for name in ("first", "second"):
        layout = ImageLayout(tmp_path / name)
        children = [layout.add_image(pack_files({"etc/motd": b"hello"}), platform=word) for word in ("linux/amd64", "linux/arm64")]
        layout.add_index(*children, tag="many")
        made.append({str(file.relative_to(layout.folder)): file.read_bytes() for file in layout.folder.rglob("*") if file.is_file()})
    assert made[0] == made[1]
