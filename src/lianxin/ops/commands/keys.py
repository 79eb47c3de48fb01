"""`lianxin keys rotate`."""

import click

from ..database import needs_database


@click.group(help="诉求人姓名、号码的加密密钥。")
def command() -> None:
    pass


@command.command(help="更换密钥：建立新密钥，把旧密文全部换成新密文。网站照常运行；中断后用 --continue 接着做。")
@click.option("--continue", "go_on", is_flag=True, help="不再建新密钥，只换完剩下的旧密文。")
@needs_database()
def rotate(go_on: bool) -> None:
    from django.utils import timezone

    from lianxin.orders import journal, keyring, rotation

    key_id = keyring.current()[0] if go_on else keyring.add()
    done = sum(rotation.rotate())
    journal.write(None, "key.rotated", at=timezone.now(), staff=None, payload={"key": key_id, "orders": done})
    click.echo(f"已换用密钥 caller-{key_id}，重新加密 {done} 件工单的诉求人信息。")
    click.echo("旧密钥请与旧备份放在一起保管：要读旧备份，还需要它；现在的数据不再需要它。")
