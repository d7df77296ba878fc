"""Teach a map the classes of its user: numbers in, numbers out; no torch, no page.

courses ─┐
         ├→ heads → lesson → painted, next_label
samples ─┘            ↓
   exchange      head_card
"""

from eodash.teach.heads import KINDS, Head, Kind
from eodash.teach.lesson import Lesson, Scored, teach
from eodash.teach.painting import next_label, paint
from eodash.teach.samples import Classes, Field, Sample, Samples

__all__ = [
    "KINDS", "Classes", "Field", "Head", "Kind", "Lesson", "Sample", "Samples", "Scored", "next_label", "paint",
    "teach",
]  # fmt: skip
