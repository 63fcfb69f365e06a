"""Fetch and parse every study of a registry, and keep nothing (`python -m tests.benchmarks.floor URL`).

With the same libraries, no program that syncs from the registry can be faster than this.
"""

from __future__ import annotations

import sys

import orjson
import requests


def main() -> None:
    """Fetch all pages of a thousand studies, and print the number of studies and requests."""
    studies, pages, query = 0, 0, {"pageSize": "1000"}
    with requests.Session() as session:
        session.trust_env = False
        while pages == 0 or "pageToken" in query:
            reply = session.get(f"{sys.argv[1]}/studies", params=query, timeout=60)
            reply.raise_for_status()
            page = orjson.loads(reply.content)
            studies, pages = studies + len(page["studies"]), pages + 1
            query = {"pageSize": "1000"}
            if "nextPageToken" in page:
                query["pageToken"] = page["nextPageToken"]
    sys.stdout.write(orjson.dumps({"studies": studies, "requests": pages}).decode() + "\n")


if __name__ == "__main__":
    main()
