"""The graph behind a Value as a picture: one box a node, with its value and its gradient."""

from block04_training.value import topological_order

BOX = {"boxstyle": "round,pad=0.35", "edgecolor": "#0072B2", "facecolor": "white"}
LEAF = BOX | {"edgecolor": "#D55E00"}


def columns(order):
    """column[node]: one to the right of the last of its parents, leaves at 0."""
    column = {}
    for node in order:
        column[node] = max((column[parent] + 1 for parent in node.parents), default=0)
    return column


def positions(root):
    """{node: (x, y)} with x its column; within a column nodes stand at their parents' height.

    The leaves are spread from top to bottom in the order in which they are met.
    """
    order = topological_order(root)
    column = columns(order)
    place = {}
    for x in range(column[root] + 1):
        here = [node for node in order if column[node] == x]
        wish = {}
        for i, node in enumerate(here):
            heights = [place[parent][1] for parent in node.parents]
            wish[node] = sum(heights) / len(heights) if heights else -float(i)
        lowest = float("inf")
        for node in sorted(here, key=wish.get, reverse=True):
            lowest = min(wish[node], lowest - 1)  # at least one apart
            place[node] = (x, lowest)
    return place


def draw_graph(axes, root, names=None):
    """Draw root's graph from leaves (left) to root (right). names: {node: its name}.

    Call it after `root.backward()`, else every gradient still reads 0.
    """
    names = names or {}
    place = positions(root)
    for node, there in place.items():
        for parent in node.parents:
            axes.annotate(
                "", there, place[parent], zorder=1,
                arrowprops={"arrowstyle": "-|>", "color": "grey", "shrinkA": 42, "shrinkB": 42},
            )  # fmt: skip
        title = names.get(node, node.op)
        if node.parents and node in names:
            title = f"{names[node]}: {node.op}"
        text = f"{title}\nvalue {node.data:.4g}\ngrad {node.grad:.4g}"
        box = BOX if node.parents else LEAF
        axes.text(*there, text, ha="center", va="center", bbox=box, zorder=2)
    across, up = zip(*place.values())
    axes.set_xlim(min(across) - 0.6, max(across) + 0.6)
    axes.set_ylim(min(up) - 0.6, max(up) + 0.6)
    axes.set_axis_off()
