"""The experiments of block 08 in the order of the README: one function, one claim, one file."""

from block08_attention.experiments import distance, heads, masking, order, places, scaling

EXPERIMENTS = [
    scaling.root_of_d,
    places.known_places,
    distance.far_back,
    masking.no_causal_mask,
    masking.nothing_to_see,
    order.without_positions,
    heads.two_questions,
]
