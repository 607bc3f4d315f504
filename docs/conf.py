"""How the documentation is built: Sphinx reads the Markdown and the public docstrings."""

from importlib.metadata import version as installed_version

project = "rubric_engine"
author = "The rubric_engine developers"
release = version = installed_version("rubric-engine")
extensions = ["myst_parser", "sphinx.ext.autodoc"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"rubric_engine {release}"
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_default_options = {"members": True, "show-inheritance": False}
nitpicky = True
nitpick_ignore_regex = [
    # No inventory of the standard library is fetched: the build needs no network.
    (r"py:.*", r"(collections\.abc|datetime|decimal|fractions|os|pathlib)\..*"),
    # Types of attributes and arguments that are no public names.
    (r"py:.*", r"rubric_engine\.\w+\..*"),
    (r"py:.*", r"Findings|Integers|Ledger|Notes|Program|Record"),
]
