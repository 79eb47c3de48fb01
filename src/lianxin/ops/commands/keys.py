"""`lianxin keys add` and `lianxin keys rotate`."""

import click

from ..database import needs_database
from ..trouble import Trouble


@click.group(help="诉求人姓名、号码的加密密钥。更换密钥：先 add，把新密钥复制到其他机器，再 rotate。")
def command() -> None:
    pass


@command.command(help="建立下一把密钥。此后新的密文用它加密；旧密文不变，由 rotate 更换。")
@needs_database()
def add() -> None:
    from django.conf import settings
    from django.utils import timezone

    from lianxin.directory import keyring
    from lianxin.ledger import journal

    key_id = keyring.add()
    journal.write(None, "key.added", at=timezone.now(), staff=None, payload={"key": key_id})
    click.echo(f"已建立密钥 {settings.KEYS_DIR}/caller-{key_id}，此后新的密文用它加密。")
    click.echo("多台机器共用一个数据库时，请立即把这个文件复制到其他每台机器的密钥目录，再运行 lianxin keys rotate。")


@command.command(help="把全部旧密文换成最新一把密钥的密文。网站照常运行；可以中断，再运行一次就接着做。")
@needs_database()
def rotate() -> None:
    from django.utils import timezone

    from lianxin.desk import drafts
    from lianxin.directory import channel_keys
    from lianxin.ledger import journal, moments
    from lianxin.orders import rotation

    try:
        result = rotation.rotate()
    except moments.StillWriting as error:
        raise Trouble("还有更早开始的事务没有结束，旧密文没有更换。请稍后再运行 lianxin keys rotate。") from error
    resealed, lost = drafts.reseal()
    channels, closed = channel_keys.reseal()
    payload = {"key": result.key, "orders": result.done}
    journal.write(None, "key.rotated", at=timezone.now(), staff=None, payload=payload)
    click.echo(
        f"密钥是 caller-{result.key}，重新加密 {result.done} 件工单的诉求人信息、"
        f"{resealed} 份未提交的草稿、{channels} 个通知渠道。"
    )
    if closed:
        click.echo(f"{closed} 个通知渠道的地址不能解密，已跳过；请重新填写其地址。")
    if lost:
        click.echo(f"{lost} 份草稿不能解密，已跳过；三日后自行清除。")
    for number in result.unreadable:
        click.echo(f"工单 {number} 的诉求人信息不能解密，已跳过。")
    if result.unreadable:
        raise Trouble(
            f"有 {len(result.unreadable)} 件工单没有更换。请找回缺少的密钥文件后再运行一次；旧密钥都不要移走。"
        )
    if result.left:
        raise Trouble("仍有密文在用旧密钥：可能有机器还没有新密钥。请复制后再运行一次；旧密钥都不要移走。")
    click.echo("旧密钥请与旧备份放在一起保管：要读旧备份，还需要它；现在的数据不再需要它。")
