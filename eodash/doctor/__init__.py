"""What is wrong with the numbers of a series, with evidence, and what puts it right."""

from eodash.doctor.examination import examine, looked_at
from eodash.doctor.finding import Finding, Fix
from eodash.doctor.mending import apply

__all__ = ["Finding", "Fix", "apply", "examine", "looked_at"]
