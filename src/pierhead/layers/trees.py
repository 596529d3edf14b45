"""The trees of images, remembered for a while: whoever looks at one folder looks at the next."""

from collections import OrderedDict
from threading import Lock

from pierhead.layers.browse import OpenedImage
from pierhead.layers.model.errors import LayerInvalid
from pierhead.layers.model.flatten import flatten
from pierhead.layers.model.tree import Tree
from pierhead.layers.read_contents import ContentsReader


class Trees:
    """Makes trees. Safe to use from several threads; blocks."""

    def __init__(self, contents: ContentsReader, *, maximum_nodes: int = 200_000) -> None:
        self._contents = contents
        self._maximum_nodes = maximum_nodes
        self._known: OrderedDict[str, Tree] = OrderedDict()
        self._nodes = 0
        self._lock = Lock()

    def get(self, opened: OpenedImage) -> Tree:
        """The tree of an image whose layers were read. Raises LayerInvalid with the reason when one could not be."""
        digest = opened.image.manifest.sha256
        with self._lock:
            known = self._known.get(digest)
            if known is not None:
                self._known.move_to_end(digest)
                return known
        if opened.failure is not None:
            raise LayerInvalid(opened.failure)
        tree = Tree(flatten(self._contents.read(each for each in opened.contents if each is not None)))
        self._remember(digest, tree)
        return tree

    def _remember(self, digest: str, tree: Tree) -> None:
        if len(tree.nodes) > self._maximum_nodes:
            return
        with self._lock:
            if digest not in self._known:
                self._known[digest] = tree
                self._nodes += len(tree.nodes)
            while self._nodes > self._maximum_nodes:
                _, oldest = self._known.popitem(last=False)
                self._nodes -= len(oldest.nodes)
