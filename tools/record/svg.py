"""Frames of text as one SVG. Each line is there once for each time that it stays the same; a style shows it for so long."""
from itertools import groupby
from xml.sax.saxutils import escape

CELL, LINE, FONT_SIZE, MARGIN = 8.43, 19, 14, 14
# The last frame stays for so long before it begins anew.
REST = 3.0
BACKGROUND, FOREGROUND = "#1b1f27", "#d7dae0"
COLOURS = {
    "black": "#3f4451", "red": "#e06c75", "green": "#98c379", "brown": "#e5c07b", "blue": "#61afef",
    "magenta": "#c678dd", "cyan": "#56b6c2", "white": "#d7dae0",
}
BLOCKS = {"█": 1.0, "▉": 7 / 8, "▊": 3 / 4, "▋": 5 / 8, "▌": 1 / 2, "▍": 3 / 8, "▎": 1 / 4, "▏": 1 / 8}


def movie(frames, columns, title):
    begin, end = frames[0][0], frames[-1][0] + REST
    duration = end - begin
    rows = max(len(lines) for _, lines in frames)
    middle = frames[len(frames) * 6 // 10][0]
    styles, lines = [], []
    for row in range(rows):
        for since, till, cells in stays(frames, row, end):
            drawn = line(cells, row)
            if not drawn:
                continue
            if since == begin and till == end:
                lines.append(f"<g>{drawn}</g>")
                continue
            name = f"s{len(styles)}"
            styles.append(shown(name, (since - begin) / duration, (till - begin) / duration, duration, since <= middle < till))
            lines.append(f'<g class="{name}">{drawn}</g>')
    return document(columns * CELL + 2 * MARGIN, rows * LINE + 2 * MARGIN, title, styles, lines)


def stays(frames, row, end):
    """From when until when this row shows the same cells, and which."""
    seen = [(time, tuple(lines[row]) if row < len(lines) else ()) for time, lines in frames]
    runs = [(next(group)[0], cells) for cells, group in groupby(seen, key=lambda shot: shot[1])]
    for (since, cells), (till, _) in zip(runs, [*runs[1:], (end, None)]):
        yield since, till, cells


def shown(name, since, till, duration, still):
    """Visible for this part of the whole; `still`: also where nothing moves."""
    steps = [(0, since <= 0), (since, True), (till, False)]
    marks = "".join(f"{share * 100:.3f}%{{visibility:{'visible' if on else 'hidden'}}}" for share, on in dict(steps).items() if share < 1)
    last = f"100%{{visibility:{'visible' if till >= 1 else 'hidden'}}}"
    rest = "visible" if still else "hidden"
    return f"@keyframes {name}{{{marks}{last}}}.{name}{{visibility:{rest};animation:{name} {duration:.2f}s step-end infinite}}"


def line(cells, row):
    top, parts, column = MARGIN + row * LINE, [], 0
    for style, run in groupby(cells, key=look):
        text = "".join(cell.data or " " for cell in run)
        parts.append(piece(text, style, column, top))
        column += len(text)
    return "".join(parts)


def look(cell):
    colour, behind = COLOURS.get(cell.fg, FOREGROUND if cell.fg == "default" else f"#{cell.fg}"), None
    if cell.bg != "default":
        behind = COLOURS.get(cell.bg, f"#{cell.bg}")
    return (behind or BACKGROUND, colour, cell.bold) if cell.reverse else (colour, behind, cell.bold)


def piece(text, style, column, top):
    colour, behind, bold = style
    drawn = [rectangle(column, len(text), top, behind)] if behind else []
    at = column
    for kind, run in groupby(text, key=kind_of):
        run = "".join(run)
        if kind == "block":
            drawn.append(rectangle(at, sum(map(BLOCKS.get, run)), top, colour))
        elif kind == "text":
            weight = ' font-weight="bold"' if bold else ""
            fill = f' fill="{colour}"' if colour != FOREGROUND else ""
            drawn.append(f'<text x="{MARGIN + at * CELL:.1f}" y="{top + 14}"{fill}{weight}>{escape(run)}</text>')
        at += len(run)
    return "".join(drawn)


def kind_of(letter):
    return "block" if letter in BLOCKS else "gap" if letter == " " else "text"


def rectangle(column, cells, top, colour):
    left = MARGIN + column * CELL
    return f'<rect x="{left:.1f}" y="{top + 1}" width="{cells * CELL:.1f}" height="{LINE - 3}" fill="{colour}"/>'


def document(width, height, title, styles, lines):
    font = 'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace"'
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}">',
        f"<title>{escape(title)}</title>",
        "<style>", *styles, "</style>",
        f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>',
        f'<g {font} font-size="{FONT_SIZE}" fill="{FOREGROUND}">', *lines, "</g>", "</svg>", "",
    ])
