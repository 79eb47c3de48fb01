"""Invented requests in the words that people use.  No real person, number or place below the towns."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "秀英桂兰建国志强玉梅海燕春花文静立新晓东明霞永福丽娟广田少华红梅振华淑芬景林素云培德凤芹"
PLACES = [
    "前官庄村",
    "后岭村",
    "柳岸花园小区",
    "东岭社区",
    "西河沿村",
    "文苑小区",
    "锦绣家园",
    "南坊村",
    "北石桥村",
    "振兴路",
    "文化路",
    "沂河路",
    "隆山路",
    "老供销社家属院",
    "中心小学门口",
    "农贸市场",
    "镇卫生院附近",
    "滨河景苑",
    "朱家沟村",
    "上官庄村",
    "下涧头村",
    "汇金广场",
    "开元小区",
    "御景园",
]
WHEN = [
    "近一周以来",
    "昨天傍晚开始",
    "上个月底以来",
    "今年入秋以来",
    "最近半个月",
    "连续三天",
    "从前天夜里起",
    "国庆节以后",
]
HARM = [
    "影响周边居民正常生活",
    "老人和孩子出行不便",
    "多户居民都有同样情况",
    "存在安全隐患",
    "群众意见较大",
    "已造成一定损失",
]
TRIED = [
    "已向村委会反映，未见处理",
    "曾联系物业，答复等待",
    "此前打过电话，没有结果",
    "首次反映",
    "邻居也曾反映过",
    "联系过相关单位，让等通知",
]
ASKS = [
    "尽快安排人员现场查看并处理",
    "告知处理时间和责任单位",
    "依法依规处理并答复",
    "协调有关单位解决",
    "核实情况并给予答复",
    "尽快恢复正常",
]
SECOND = ["告知今后如何防止再次发生", "说明此前没有处理的原因", "处理前先与诉求人联系", "将处理结果书面告知"]
DONE = [
    "已安排工作人员到现场查看，核实诉求人反映的情况。",
    "接单后第一时间与诉求人联系，并到现场核实。",
    "会同村（社区）工作人员到现场查看，制定了处理办法。",
    "组织相关科室研究，并与诉求人当面沟通。",
]
STAGE = ["已处理完毕。", "已基本处理完毕，正在复查。", "已协调到位。", "已完成整改。"]
RESULT = [
    "问题已解决，诉求人表示认可。",
    "已按规定处理，诉求人对结果无异议。",
    "已向诉求人解释有关规定，诉求人表示理解。",
    "现场已恢复正常，后续将加强巡查。",
]


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks, ready for a registration."""

    title: str
    text: str
    requests: list[str]
    caller: dict[str, str]


def request(random: Random, town: str, path: tuple[str, ...], complaint: bool) -> Request:
    """A request about the category `path` in `town`."""
    place, topic = random.choice(PLACES), path[-1] if path[-1] != "其他" else path[-2]
    asks = [f"请求{random.choice(ASKS)}"]
    if random.random() < 0.3:
        asks.append(f"请求{random.choice(SECOND)}")
    kind = "投诉" if complaint else "反映"
    text = (
        f"来电人{kind}：{random.choice(WHEN)}，{town}{place}存在{topic}方面的问题，{random.choice(HARM)}，"
        f"{random.choice(TRIED)}。{'；'.join(asks)}。"
    )
    name = random.choice(SURNAMES) + "".join(random.sample(GIVEN, random.choice((1, 2))))
    phone = f"1390000{random.randrange(10_000):04d}"
    return Request(f"{town}{place}{topic}问题", text, asks, {"name": name, "phone": phone})


def reply(random: Random, requests: int) -> dict[str, Any]:
    """A unit's reply with its required elements and an answer to each request."""
    return {
        "measures": random.choice(DONE),
        "progress": random.choice(STAGE),
        "result": random.choice(RESULT),
        "answers": [random.choice(RESULT) for _ in range(requests)],
        "solve_code": random.choices(["solved", "explained", "partly"], [75, 20, 5])[0],
    }
