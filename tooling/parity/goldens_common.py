"""What the scripts that write goldens have in common: where they write to, and JSON."""

import argparse
import json
from pathlib import Path

PACKAGES = Path(__file__).resolve().parents[2] / "packages"


def fixtures(package):
    return PACKAGES / package / "fixtures"


def output_of(description, default):
    """The folder or file to write to, which the option --output names."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=default, help="where to write (default: %(default)s)")
    return parser.parse_args().output


def version_of(library):
    """`torch 2.13.0`, without the name of the build."""
    return f"{library.__name__} {library.__version__.split('+')[0]}"


def write_json(path, content, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, **options) + "\n", encoding="utf-8")
