"""A starter notebook: three plots of the newest night. `marimo edit docs/notebook.py` opens it in a browser."""

import marimo

app = marimo.App(app_title="ACLF trials")


@app.cell
def _():
    import os

    import altair as alt
    import duckdb
    import marimo as mo

    warehouse = os.environ.get("ACLF_WAREHOUSE", "aclf.duckdb")

    def ask(question):
        """Return the rows of a query. Each question opens the file again, so it is of the newest night."""
        with duckdb.connect(warehouse, read_only=True) as connection:
            return connection.execute(question).df()

    return alt, ask, mo


@app.cell
def _(ask, mo):
    night = ask("""
        select max(run_id) as run, arg_max(registry, run_id) as registry, arg_max(data_timestamp, run_id)[:10] as day
        from ops.runs where outcome = 'published'
    """).iloc[0]
    trials = ask("select count(*) as trials from trials where in_condition_set").trials[0]
    mo.md(f"# {trials} trials\n\nRun {night.run}, data of {night.day} from {night.registry}.")


@app.cell
def _(alt, ask):
    by_phase = ask("""
        select coalesce(phase_label, 'not given') as phase, status_group as status, count(*) as trials
        from trials where in_condition_set
        group by all
    """)
    alt.Chart(by_phase, title="Trials by phase and status").mark_bar().encode(
        x=alt.X("trials:Q", title="Trials"),
        y=alt.Y("phase:N", title=None),
        color=alt.Color("status:N", title="Status"),
        tooltip=["phase", "status", "trials"],
    )


@app.cell
def _(alt, ask):
    by_year = ask("""
        select year(start_date) as year, lead_sponsor_class as sponsor, count(*) as trials
        from trials where in_condition_set and start_date is not null
        group by all
    """)
    alt.Chart(by_year, title="Trials by the year of their start, and the class of their sponsor").mark_bar().encode(
        x=alt.X("year:O", title=None),
        y=alt.Y("trials:Q", title="Trials"),
        color=alt.Color("sponsor:N", title="Sponsor"),
        tooltip=["year", "sponsor", "trials"],
    )


@app.cell
def _(alt, ask):
    by_class = ask("""
        select distinct nct_id, coalesce(intervention_class, 'not classed') as class, enrollment, brief_title as title
        from trials join interventions using (nct_id)
        where in_condition_set and role = 'experimental' and enrollment > 0
    """)
    alt.Chart(by_class, title="Enrolment by what is tried").mark_circle(size=70, opacity=0.6).encode(
        x=alt.X(
            "enrollment:Q",
            title="Participants, planned or enrolled",
            scale=alt.Scale(type="log"),
            axis=alt.Axis(values=[10, 30, 100, 300, 1000, 3000]),
        ),
        y=alt.Y("class:N", title=None),
        tooltip=["nct_id", "title", "enrollment"],
    )


if __name__ == "__main__":
    app.run()
