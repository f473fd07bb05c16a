"""Write what `helpo up` shows when everything serves."""

from pathlib import Path

from bot.up.logins import Login
from bot.up.plan import Plan, browser_address
from core.clock import Clock

NEW_CODE = ".venv/bin/helpo staff code"


def summary(plan: Plan, logins: list[Login], clock: Clock, log_dir: Path, *, seconds: float) -> str:
    """Return addresses, demo logins and how to stop."""
    console = browser_address(plan.bind)
    lines = ["", f"HELPO の準備ができました（{seconds:.1f} 秒）", ""]
    if plan.runs_simulator:
        lines.append(f"  住民の画面（シミュレーター）  {browser_address(plan.simulator_bind)}/")
    lines.append(f"  職員の画面（受信箱）          {console}/console/inbox")
    lines += _logins(logins, clock) if logins else _first_account(plan)
    lines += ["", f"Ctrl-C で終了します（動作の記録は {log_dir}）", ""]
    return "\n".join(lines)


def _first_account(plan: Plan) -> list[str]:
    if plan.is_real_channel:
        return ["", "  本物の LINE につながっています。職員の登録: .venv/bin/helpo staff add --help"]
    return []


def _logins(logins: list[Login], clock: Clock) -> list[str]:
    lines = ["", "  デモの職員（ログイン名 / パスワード / 確認コード）"]
    for login in logins:
        lines += [
            f"    {login.role}　{login.name}",
            f"      {login.login} / {login.password} / {login.code(clock)}",
            f"      {login.address}",
        ]
    lines += ["", f"  確認コードは 30 秒ごとに変わります。新しいコード: {NEW_CODE} {logins[0].login}"]
    return lines
