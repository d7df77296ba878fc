"""What `explain` prints: a table per model that stops, a verdict per model that attends."""

from __future__ import annotations

from typing import Any


def stop_lines(stops: list[dict[str, Any]]) -> list[str]:
    """A table per model."""
    made: list[str] = []
    for one in stops:
        made += [
            f"{one['model']} on {one['region']}: mean date of stopping, and from when on the class is separable",
            f"{'class':<20} {'pixels':>7} {'undecided':>9}  {'mean stop':<10}  {'separable':<10}  {'days after':>10}  "
            f"{'first':<10}  {'fields':>6}  {'at end':>6}",
        ]
        for each in one["classes"]:
            end = each["separability_at_end"]
            after = each["days_after"]
            made.append(
                f"{each['class']:<20} {each['pixels']:>7,} {100 * each['undecided']:>7.1f} %  {each['mean_stop']:<10}  "
                f"{each['separable_since'] or 'never':<10}  {'' if after is None else f'{after:+d}':>10}  "
                f"{each['first_separable'] or '–':<10}  {each['fields']:>6}  {'–' if end is None else f'{end:.2f}':>6}"
            )
        made.append("")
    if stops:
        made += [
            "Undecided pixels count as stopped on the last date. Separable: the class is told from all others with a",
            "balanced accuracy of 0.9 from that date to the end, by a linear reader of the world's own clear ground.",
            "",
        ]
    return made


def drop_lines(drops: list[dict[str, Any]]) -> list[str]:
    """A verdict per model."""
    made = ["Does attention say what an answer hangs on? Dropping the most attended dates against random ones:"] * bool(
        drops
    )
    for one in drops:
        made.append(f"{one['model']:<24} {one['verdict']:<12} {one['words']}")
        pairs = zip(one["dropped"], one["most_attended"], one["random"], strict=True)
        falls = ", ".join(f"k = {k}: {top:+.3f} against {other:+.3f}" for k, top, other in pairs)
        made += [f"{'':<24} {'':<12} fall of the winner's probability, {falls}"] * bool(falls)
    return made
