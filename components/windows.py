"""Windows of time in which AWS takes backups or does maintenance, as AWS writes them, in UTC."""

import re

DAY = 24 * 60
WEEK = 7 * DAY
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = r"([01]\d|2[0-3]):([0-5]\d)"
_DAILY = re.compile(rf"{_TIME}-{_TIME}")
_WEEKLY = re.compile(rf"({'|'.join(_DAYS)}):{_TIME}-({'|'.join(_DAYS)}):{_TIME}")


def daily_window(text: str) -> range:
    """Read a window such as `04:00-05:00`.

    Returns:
        The minutes of a day from its start; those past midnight go on above 1,439.

    Raises:
        ValueError: It is not written like that.
    """
    match = _DAILY.fullmatch(text)
    if not match:
        raise ValueError(text)
    first_hour, first_minute, last_hour, last_minute = map(int, match.groups())
    start = first_hour * 60 + first_minute
    return range(start, start + (last_hour * 60 + last_minute - start) % DAY)


def weekly_window(text: str) -> range:
    """Read a window such as `sun:18:00-sun:19:00`.

    Returns:
        The minutes of a week that begins on Monday; those past its end go on above 10,079.

    Raises:
        ValueError: It is not written like that.
    """
    match = _WEEKLY.fullmatch(text)
    if not match:
        raise ValueError(text)
    first_day, first_hour, first_minute, last_day, last_hour, last_minute = match.groups()
    start = _DAYS.index(first_day) * DAY + int(first_hour) * 60 + int(first_minute)
    end = _DAYS.index(last_day) * DAY + int(last_hour) * 60 + int(last_minute)
    return range(start, start + (end - start) % WEEK)


def before(text: str, windows: int) -> str:
    """Return the window of the same length that ends `windows` windows before the end of a weekly one."""
    window = weekly_window(text)
    start = window.start - windows * len(window)
    return "-".join(
        f"{_DAYS[minute // DAY % len(_DAYS)]}:{minute % DAY // 60:02}:{minute % 60:02}"
        for minute in (start, start + len(window))
    )


def days(weekly: range) -> set[str]:
    """Name the days of the week that a weekly window touches."""
    return {_DAYS[minute % WEEK // DAY] for minute in weekly}


def meet(one: range, other: range) -> bool:
    """Tell whether two weekly windows ever have a minute in common."""
    minutes = {minute % WEEK for minute in one}
    return any(minute % WEEK in minutes for minute in other)


def overlap(daily: range, weekly: range) -> bool:
    """Tell whether a daily window and a weekly one ever have a minute in common."""
    minutes = {minute % DAY for minute in daily}
    return any(minute % DAY in minutes for minute in weekly)
