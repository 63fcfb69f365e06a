"""`aclf sets`: the condition sets of the warehouse, and what the search of another one would find."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.client.registry import Registry
from extract.errors import BadRules
from extract.printable import LONGEST_QUOTE, clean_sentence
from flows.cli.shared_server import prepare_shared_server
from flows.cli.terminal import print_json, print_lines, print_table
from flows.rate_limit import make_rate_limiter
from flows.served_registry import serve_registry
from transform.rules.files import parse_rules
from warehouse.connect import fetch_dicts, open_newest
from warehouse.known_sets import format_set
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from flows.settings import Job
    from warehouse.paths import Paths


def list_sets(paths: Paths, *, as_json: bool) -> None:
    """Print the condition sets that the warehouse follows or has followed, as the newest run found them.

    Args:
        paths: the warehouse's paths.
        as_json: whether the rows of `main.condition_sets` are printed as JSON.

    Raises:
        NoWarehouse: there is nothing to read, or an earlier version published it.
    """
    with open_newest(paths) as newest:
        rows = fetch_dicts(newest, read_sql("statements", "listed_sets"))
    if as_json:
        print_json(rows)
        return
    names = ("name", "title", "trials", "listed", "last_listed_at", "state")
    shown = [[_format_state(row) if name == "state" else row[name] for name in names] for row in rows]
    print_table([name.replace("_", " ") for name in names], shown)
    print_lines([f"{row['name']} was not listed: {row['refused']}." for row in rows if row["refused"]])


def check_set(job: Job, *, as_json: bool) -> None:
    """Try the rules of a set on their examples, ask the registry how many trials its search finds, and print that.

    Args:
        job: names the set and the registry.
        as_json: whether `name`, `title`, `found`, `minimum_trials` and `rules` are printed as JSON.

    Raises:
        BadRules: a rule does not fit its examples.
        RegistryError: the registry did not answer.
    """
    from transform.rules.examples import list_failed_examples  # noqa: PLC0415 - pandas is slow to import

    (condition_set,) = job.condition_sets
    rules = parse_rules(job.rule_files)
    failures = list_failed_examples(rules)
    if failures:
        raise BadRules("; ".join(failures))
    prepare_shared_server(job, as_flow=False)
    with serve_registry(job, night=1) as base_url:
        rate = job.get_rate(base_url)
        with Registry(
            base_url,
            requests_per_second=rate,
            patience=job.settings.patience,
            before_request=make_rate_limiter(job.settings.rate_limit),
        ) as registry:
            found = registry.count_studies(condition_set)
    if as_json:
        facts = {"name": condition_set.name, "title": condition_set.title}
        print_json({**facts, "found": found, "minimum_trials": condition_set.minimum_trials, "rules": len(rules)})
        return
    named = clean_sentence(format_set(condition_set.name, condition_set.title), LONGEST_QUOTE)
    lines = [f"The search of {named} finds {found:,} trials."]
    for count, words in ((len(condition_set.include), "included"), (len(condition_set.exclude), "excluded")):
        if count:
            lines.append(f"{count} {'is' if count == 1 else 'are'} {words} by hand, found or not.")
    if rules:
        names = ", ".join(file.name for file in job.rule_files)
        lines.append(f"Its texts are read with {len(rules)} rules ({names}), which fit their examples.")
    if found < condition_set.minimum_trials:
        lines.append(f"A sync would refuse it: minimum_trials is {condition_set.minimum_trials:,}.")
    print_lines(lines)


def _format_state(row: dict[str, object]) -> str:
    """Return how a set stands, in words."""
    if not row["is_followed"]:
        return "not followed"
    return "not listed" if row["refused"] else "followed"
