"""The benchmark behind `python -m autograph bench`.

programs.py and fronts.py hold what is measured, c/ the same in C, cases.py the table of cases,
special.py and front.py the rows that are no loop; runner.py compares results and times them by
timing.py, own.py does that for a function of the user's; report.py prints, plot.py draws.
"""


def chosen(names, rows):
    """The rows that names mean (cases, groups, a case up to its dot), in the table's order."""
    from autograph.target import TargetError

    if not names:
        return list(rows)
    wanted = set()
    for name in names:
        found = [
            row
            for row, (groups, *_) in rows.items()
            if name in (row, row.partition(".")[0]) or name in groups
        ]
        if not found:
            groups = sorted({group for groups, *_ in rows.values() for group in groups})
            raise TargetError(
                f"no case or group {name}; groups: {', '.join(groups)}; cases: {', '.join(rows)}"
            )
        wanted.update(found)
    return [row for row in rows if row in wanted]


def main(options):
    """Runs what the command line asks for; 1 when anything failed or results differ."""
    from autograph.target import TargetError

    own = [name for name in options.names if ":" in name or name.endswith(".py")]
    if own and len(options.names) > 1:
        raise TargetError("one FILE.py:f at a time, and no case beside it")
    if options.args is not None and not own:
        raise TargetError("--args goes with FILE.py:f")

    if options.make_peers:
        from . import peers

        return int(peers.make(options.make_peers) > 0)

    from .special import ROWS

    if options.list:
        names = [] if own else options.names
        for name in chosen(names, ROWS):
            print(f"{name:20} {ROWS[name][1]}")
        return 0

    import autograph as ag

    from . import plot, report
    from .compare import Mismatch
    from .compilers import Compilers
    from .fresh import Failed
    from .progress import Progress
    from .runner import QUICK, Effort

    ag.config.set_disk_cache(False)  # compiling is measured, not whether it was done before
    if options.plot:
        plot.check(options.plot)
    effort = QUICK if options.quick else Effort()
    results = []
    with Compilers() as compilers:
        if own:
            from .own import run_file

            try:
                results.append(run_file(ag, own[0], options.args or "", effort))
            except (Mismatch, Failed) as error:
                raise TargetError(f"{own[0]}: {error}") from None
        elif options.peers:
            from . import peers

            results, versions = peers.run(ag, options, compilers, effort, Progress)
        else:
            rows = chosen(options.names, ROWS)
            with Progress(len(rows)) as progress:
                for name in rows:
                    progress.step(name)
                    results.append(measured(ag, name, compilers, effort, options))
        if options.json:
            report.write_json(results, compilers, options.json)
        if options.json != "-":
            if options.peers:
                from . import peers

                print(peers.table(results))
                print(f"\nOne core; minima of turns. {', '.join(f'{k} {v}' for k, v in versions.items())}")
                print(*compilers.missing, sep="\n", end="\n" if compilers.missing else "")
            else:
                show(results, compilers, own)
        if options.plot:
            plot.draw(results, options.plot, report.machine(compilers))
    return int(any(result.error for result in results))


def measured(ag, name, compilers, effort, options):
    """One row; what goes wrong in it is its error, so the rows after it are still measured."""
    from autograph.target import where

    from .compare import Mismatch
    from .fresh import Failed
    from .runner import NotCompiled, Result
    from .special import ROWS

    groups, text, run = ROWS[name]
    try:
        result = run(ag, compilers, effort, small_only=options.quick)
    except (Mismatch, Failed, NotCompiled) as error:
        result = Result(name, text=text, error=f"failed: {error}")
    except Exception as error:
        result = Result(name, text=text, error=f"failed: {where(error)}")
    result.group = groups[0] if groups else ""
    return result


def show(results, compilers, own):
    from . import report

    if own:
        from .own import text

        print(text(results[0]))
    else:
        print(report.table(results))
        print()
        print(report.LEGEND)
        print(report.mean_line(results), end="")
    for line in [report.busy(), *(compilers.missing if not own else ())]:
        if line:
            print(line)
