"""The product's mark, for the browser's tab and the corner of every page."""

import base64
from pathlib import Path

# As a data URL it is passed on as it is. A file would be opened and resized in every rerun, which takes 2 ms, and a
# material icon would be fetched from Google by every browser.
ICON = "data:image/png;base64," + base64.b64encode(Path(__file__).with_name("icon.png").read_bytes()).decode()
