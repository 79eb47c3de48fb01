"""The accounts of the demo that its pages and the start window name; all have one password."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

PASSWORD = "lianxin-demo"
Account = tuple[str, str]
_CENTRE = (
    ("agent1", "坐席"),
    ("dispatcher1", "派单员"),
    ("auditor", "审核员"),
    ("callback1", "回访员"),
    ("supervisor", "督办员"),
    ("analyst", "分析员"),
    ("leader", "中心领导"),
    ("admin", "管理员（另可进入 /admin/）"),
)
#: By the code of the centre: what is typed at the sign-in, and whose it is.
ACCOUNTS: Mapping[str, Sequence[Account]] = {
    "junan": (
        *_CENTRE,
        ("shizilu-jb", "十字路街道经办人"),
        ("shizilu-fg", "十字路街道分管热线负责人"),
        ("shizilu-zy", "十字路街道主要负责人"),
        ("dadian-jb", "大店镇经办人"),
        ("dadian-fg", "大店镇分管热线负责人"),
        ("dadian-qt", "大店镇其他分管负责人"),
        ("dadian-pq", "大店镇片区书记、部门负责人"),
        ("dadian-jw", "大店镇纪委书记"),
        ("dadian-zy", "大店镇主要负责人"),
        ("qianjie-jb", "大店镇前街村经办人"),
        ("zhujian-jb", "住建局经办人"),
    ),
    "zhoucun": (
        *((f"zc-{name}", title) for name, title in _CENTRE),
        ("zc-sichoulu-jb", "丝绸路街道经办人"),
        ("zc-sichoulu-fg", "丝绸路街道分管热线负责人"),
        ("zc-sichoulu-zy", "丝绸路街道主要负责人"),
        ("zc-yongan-jb", "永安街街道经办人"),
        ("zc-yongan-fg", "永安街街道分管热线负责人"),
        ("zc-yongan-zy", "永安街街道主要负责人"),
        ("zc-zhujian-jb", "住房城乡建设局经办人"),
        ("zc-zhifa-jb", "综合行政执法局经办人"),
        ("zc-wenchang-jb", "文昌湖服务中心经办人"),
        ("zc-inspect-jb", "区委区政府督查室"),
        ("zc-deputy_head-zy", "区政府分管领导"),
        ("zc-head-zy", "区政府主要领导"),
        ("zc-party_head-zy", "区委主要领导"),
    ),
    "jinan": (
        *((f"jn-{name}", title) for name, title in _CENTRE),
        ("jn-zhifa-jb", "城市管理局经办人"),
        ("jn-shizheng-jb", "市政公用事业中心经办人"),
        ("jn-gongdian-jb", "供电公司经办人"),
        ("jn-zhujian-zy", "住房和城乡建设局主要负责人"),
        ("jn-lixia-jb", "历下区经办人"),
        ("jn-shizhong-jb", "市中区经办人"),
        ("jn-inspect-jb", "市局督查大队"),
        ("jn-discipline-jb", "派驻纪检监察组"),
    ),
}
