"""Block 00, the run: every demonstration, one after the other.

    python -m block00_toolbox.train [--quick] [--seed N] [--out DIR]

Each experiment measures one claim and writes it to results/, with the headline numbers it stands
for. The only model is a line, fitted to show what a shape bug does to a loss curve.
"""

from block00_toolbox.experiments import arithmetic, planted, randomness, reproducibility, shapes
from shared.results import open_run

EXPERIMENTS = [
    shapes.shape_bugs_are_silent_wrong_and_caught,
    shapes.a_wrong_loss_falls_too,
    randomness.a_full_period_needs_two_conditions,
    randomness.the_numbers_are_even_and_bell_shaped,
    randomness.modulo_favours_small_numbers,
    randomness.swapping_with_any_place_is_unfair,
    randomness.a_cut_without_a_shuffle_loses_a_class,
    reproducibility.same_seed_equal_bytes,
    reproducibility.a_shared_generator_couples_strangers,
    reproducibility.a_set_has_no_order,
    arithmetic.the_order_of_a_sum_changes_it,
    arithmetic.threads_and_kernels_change_bits,
    planted.every_planted_bug_is_caught,
]


def main(arguments: list[str] | None = None) -> None:
    """Run every experiment and write what they measured."""
    with open_run(__file__, "Shapes, random numbers and reproducibility.", arguments) as run:
        for experiment in run.progress(EXPERIMENTS, "experiments"):
            with run.clock(experiment.__name__):
                experiment(run)


if __name__ == "__main__":
    main()
