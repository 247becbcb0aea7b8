"""Checking a folder of captioned pictures before hours of training: what is broken, doubled, leaked or unfit."""

from mimnet.data.check.clean import write_clean
from mimnet.data.check.contact import findings_sheet
from mimnet.data.check.finding import Finding, Needs
from mimnet.data.check.report import Report, check_folder

__all__ = ["Finding", "Needs", "Report", "check_folder", "findings_sheet", "write_clean"]
