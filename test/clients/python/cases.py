"""Answers a test over pipes: a line of JSON {"case", "ask"} on stdin, then a line {"got"} or {"raised"} on stdout.
The first line, {"got": "ready"}, says that the library is loaded, which takes some of them seconds.

argv[1] is JSON: the URLs of a front door by API, and what the tool of the cases is and says. What libraries print goes to
stderr.
"""

import json
import sys
import time

from pydantic import BaseModel

GIVEN = json.loads(sys.argv[1])
AGENT = GIVEN["agent"]
TOOL = GIVEN["tool"]
RESULT = GIVEN["result"]


class Weather(BaseModel):
    city: str
    celsius: float


def raised(error):
    return {"kind": type(error).__name__, "status": getattr(error, "status_code", None), "message": str(error)}


def collected(pieces):
    """What came of a stream before it ended or failed; `pieces` makes an iterable of texts."""
    seen = []
    try:
        for piece in pieces():
            if piece:
                seen.append(piece)
    except Exception as error:
        return {"pieces": seen, "raised": raised(error)}
    return {"pieces": seen, "raised": None}


def left_after_first(pieces, leave):
    """Reads the first piece of a stream, leaves, and tells when that was."""
    next(piece for piece in pieces if piece)
    left_at_ms = time.time() * 1000
    leave()
    return left_at_ms


def serve(cases):
    out, sys.stdout = sys.stdout, sys.stderr
    out.write(json.dumps({"got": "ready"}) + "\n")
    out.flush()
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            reply = {"got": cases[asked["case"]](asked["ask"])}
        except Exception as error:
            reply = {"raised": raised(error)}
        out.write(json.dumps(reply) + "\n")
        out.flush()
