# /// script
# requires-python = ">=3.10"
# dependencies = ["rich==15.0.0"]
# ///
"""Runs the README's "Try it" and draws what its three terminals show: walk.svg, beside this file.

    pipx run docs/pictures/walk.py

It needs `npm ci`, the default ports, and nothing else that runs on them. Everything drawn is real output; what is left out is
marked with an ellipsis, the admin key with dots, and the path of the checkout becomes ~/postrider.
"""

import json
import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
COLUMNS = 98
DEADLINE_SECONDS = 60

# The members of the answers that are drawn, by path.
ENDPOINT = {"id", "event_types", "state"}
EVENT = {"id", "duplicate"}
EVENTS = {"data", "data.id", "data.deliveries", "data.deliveries.status"}


class Terminal:
    """A command that keeps running, and what it has printed."""

    def __init__(self, command: str, data: Path):
        self.log = tempfile.NamedTemporaryFile(mode="r", suffix=".log")
        self.process = subprocess.Popen(
            command.split(),
            cwd=ROOT,
            env={**os.environ, "POSTRIDER_DATA": str(data)},
            stdout=open(self.log.name, "w"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def until(self, text: str) -> str:
        """What has been printed, once it contains `text`."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            printed = Path(self.log.name).read_text()
            if text in printed:
                return printed
            time.sleep(0.05)
        raise SystemExit(f'No "{text}" in:\n{Path(self.log.name).read_text()}')

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait()


def commands_in_readme() -> list[str]:
    """The third terminal's commands: the key, an endpoint, an event, the list of events."""
    block = re.search(r"```sh\n(export KEY=.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    if block is None:
        raise SystemExit("README.md has no block of commands that begins with export KEY=.")
    return block[1].strip().split("\n\n")


def record() -> list[tuple[str, list[str]]]:
    """The title and lines of each terminal. Lines that begin with "$ " or "> " are commands."""
    key, *requests = commands_in_readme()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / ".postrider"
        product = Terminal("npm start", data)
        try:
            started = product.until("Stop with Ctrl-C")
            receiver = Terminal("npm run receiver", data)
            try:
                receiver.until("Receiving webhooks")
                endpoint, published = (ask(f"{key}\n{request}", folder) for request in requests[:2])
                received = receiver.until(json.loads(published)["id"])
                events = ask(f"{key}\n{requests[2]}", folder)
            finally:
                receiver.stop()
        finally:
            product.stop()
        secret = (data / "admin-key").read_text().strip()
        started = started.split("\nIn another terminal")[0].replace(secret, "••••••••").replace(str(data), "~/postrider/.postrider")
    return [
        ("npm start", ["$ npm start", *output(started)]),
        ("npm run receiver", ["$ npm run receiver", *output(received)]),
        (
            "curl",
            [
                *typed(key),
                *typed(requests[0]),
                *shortened(endpoint, ENDPOINT),
                "",
                *typed(requests[1]),
                *shortened(published, EVENT),
                "",
                *typed(requests[2]),
                *shortened(events, EVENTS),
            ],
        ),
    ]


def ask(commands: str, folder: str) -> str:
    return subprocess.run(["bash", "-ec", commands], cwd=folder, check=True, capture_output=True, text=True).stdout


def output(printed: str) -> list[str]:
    """Printed lines, without npm's own."""
    return re.sub(r"^> .*\n", "", printed, flags=re.MULTILINE).strip("\n").split("\n")


def typed(command: str) -> list[str]:
    first, *others = command.split("\n")
    return [f"$ {first}", *(f"> {other.removeprefix('  ')}" for other in others)]


def shortened(answer: str, kept: set[str]) -> list[str]:
    """A JSON answer with only the members whose paths are in `kept`, and an ellipsis for each run of others."""

    def write(value: object, path: str) -> str:
        if isinstance(value, list):
            return f"[{','.join(write(item, path) for item in value)}]"
        if not isinstance(value, dict):
            return json.dumps(value)
        parts: list[str] = []
        for name, member in value.items():
            if f"{path}{name}" in kept:
                parts.append(f'"{name}":{write(member, f"{path}{name}.")}')
            elif parts[-1:] != ["…"]:
                parts.append("…")
        return f"{{{','.join(parts)}}}"

    # As the terminal would break it.
    text = write(json.loads(answer), "")
    return [text[start : start + COLUMNS] for start in range(0, len(text), COLUMNS)]


BACKGROUND, TEXT, QUIET = (22, 27, 34), (201, 209, 217), (139, 148, 158)
THEME = TerminalTheme(BACKGROUND, TEXT, [BACKGROUND] * 8, [BACKGROUND] * 8)
COMMAND, GOOD, NAME = "bold #f0f6fc", "bold #56d364", "#79c0ff"
PROMPT = "#8b949e"

# Of one column and one line, in the units of the picture.
ASPECT = 0.6
COLUMN, LINE = 20 * ASPECT, 20 * 1.22
PADDING, BAR, GAP = 20, 2, 1

PICTURE = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{width}} {{height}}" role="img" aria-label="{label}">
<style>
text {{{{ font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
  font-size: 20px; white-space: pre; }}}}
.title {{{{ fill: #8b949e; text-anchor: middle; font-size: 17px; }}}}
{{styles}}
</style>
{windows}
<g transform="translate({padding} 0)">
{{matrix}}
</g>
</svg>
"""


def styled(line: str) -> Text:
    if line.startswith(("$ ", "> ")):
        return Text.assemble((line[:2], PROMPT), (line[2:], COMMAND))
    text = Text(line)
    text.highlight_regex(r"\b(ep|evt|dlv)_\w+|https?://[^\s\",]+", NAME)
    text.highlight_regex(r"Postrider is ready|\bverified\b.*|\"delivered\"", GOOD)
    return text


def draw(terminals: list[tuple[str, list[str]]]) -> str:
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"), force_terminal=True, color_system="truecolor")
    windows: list[str] = []
    width = COLUMNS * COLUMN + 2 * PADDING
    row = 0
    for number, (title, lines) in enumerate(terminals, start=1):
        top, height = row * LINE + 1, (BAR + len(lines) + 0.7) * LINE
        windows.append(
            f'<rect x="1" y="{top:.1f}" width="{width - 2:.1f}" height="{height:.1f}" rx="10" fill="#161b22" stroke="#484f58" stroke-width="1.5"/>'
            f'<text class="title" x="{width / 2:.1f}" y="{top + 27:.1f}">{number} · {title}</text>'
            + "".join(f'<circle cx="{24 + 22 * n}" cy="{top + 21:.1f}" r="6.5" fill="#484f58"/>' for n in range(3))
        )
        for line in [""] * BAR + lines + [""] * (GAP + 1):
            console.print(styled(line), no_wrap=True, crop=False, overflow="ignore", highlight=False)
        row += BAR + len(lines) + GAP + 1
    label = "Three terminals: Postrider starts, a receiver waits; an event is published with curl, received and listed as delivered."
    svg = console.export_svg(
        theme=THEME,
        unique_id="t",
        font_aspect_ratio=ASPECT,
        code_format=PICTURE.format(label=label, windows="\n".join(windows), padding=PADDING),
    )
    # Rich also draws the line breaks, clips every line, and counts a title bar and margins of its own.
    svg = re.sub(r' clip-path="[^"]*"', "", re.sub(r"<text [^>]*>\n</text>", "", svg)).replace("</text><text", "</text>\n<text")
    return re.sub(r'viewBox="[^"]*"', f'viewBox="0 0 {width:.0f} {(row - GAP) * LINE - 5:.0f}"', svg, count=1)


picture = draw(record())
(HERE / "walk.svg").write_text(picture)
print(f"docs/pictures/walk.svg: {len(picture.encode())} bytes")
