"""The drawing shows every node once, with its own numbers, left to right."""

from block04_training.drawing import columns, draw_graph, positions
from block04_training.value import Value, topological_order
from shared.plots import new_figure, png


def diamond():
    x = Value(3.0)
    left, right = x * 2, x + 1
    top = left * right
    top.backward()
    return x, left, right, top


def test_columns_count_the_longest_way_from_a_leaf():
    x, left, right, top = diamond()
    column = columns(topological_order(top))
    assert (column[x], column[left], column[right], column[top]) == (0, 1, 1, 2)
    longer = top + x
    assert columns(topological_order(longer))[longer] == 3


def test_no_two_boxes_overlap():
    *_, top = diamond()
    places = list(positions(top).values())
    assert len(places) == 6  # x, 2, 1, two in the middle, the top
    for i, (x, y) in enumerate(places):
        for other_x, other_y in places[:i]:
            assert x != other_x or abs(y - other_y) >= 1


def test_every_box_holds_value_and_gradient():
    x, *_, top = diamond()
    figure, (axes,) = new_figure("a diamond")
    draw_graph(axes, top, {x: "x", top: "top"})
    boxes = sorted(text.get_text() for text in axes.texts if text.get_text())
    assert "x\nvalue 3\ngrad 14" in boxes
    assert "top: *\nvalue 24\ngrad 1" in boxes
    assert "*\nvalue 6\ngrad 4" in boxes
    assert len(boxes) == 6
    arrows = [text for text in axes.texts if not text.get_text()]
    assert len(arrows) == 6
    assert png(figure).startswith(b"\x89PNG")


def test_a_single_leaf_can_be_drawn():
    x = Value(2.0)
    x.backward()
    _, (axes,) = new_figure("a leaf")
    draw_graph(axes, x)
    assert [text.get_text() for text in axes.texts] == ["leaf\nvalue 2\ngrad 1"]
