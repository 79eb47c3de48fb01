"""Each setting of a pack, and each field of each kind of row, has a test that shows that changing it changes behaviour.

The other half, that each has a reader at all, is tests/rules/test_settings_are_read.py. A setting that comes without a
line here, or whose line names no test, fails; so does a line of a setting that has gone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

from pydantic import BaseModel

from lianxin.rules.policy_reading import ROWS
from lianxin.rules.policy_settings import Settings

ROOT = Path(__file__).resolve().parents[2]
TEAMS = "tests/acceptance/test_jinan_teams.py::test_c28_"
DUAL = "tests/acceptance/test_jinan_dual.py::test_"
MYSTERY = "tests/acceptance/test_jinan_mystery.py::"
DECIDE = "tests/orders/test_settings_decide.py::"
WEEKLY = "tests/bulletins/test_weekly_settings.py::"
ACT = "tests/desk/test_settings_act.py::"
DUTY = "tests/desk/test_duty.py::"
PACK = "tests/rules/test_policy.py::"
SAID = "tests/rules/test_policy_command.py::"
#: Nothing ranks yet, and `explain` says of each such row that it is words.
WORDS_ONLY = "tests/test_serving.py::test_a_table_that_nothing_reads_is_words"

PRINTED = f"{WEEKLY}test_each_setting_of_the_weekly_is_what_is_printed"
ANNEX = f"{WEEKLY}test_an_annex_has_the_units_of_its_group_and_the_columns_of_its_measures"
EXTENSION = f"{DECIDE}test_how_an_extension_may_be_asked_for_is_the_packs"
GRADES = f"{DECIDE}test_which_grades_there_are_and_which_are_good_is_the_packs"
ELEMENTS = f"{DECIDE}test_a_reply_has_the_elements_of_the_pack"
BASES = f"{DECIDE}test_the_bases_of_dispatch_are_those_of_the_pack"
COUNTED = f"{DECIDE}test_what_is_counted_is_the_packs"
CODES = f"{DECIDE}test_only_the_classes_and_sources_of_the_pack_are_taken"
CLOCK = f"{DECIDE}test_each_field_of_a_clock_decides"
FORMULA = f"{WEEKLY}test_a_formula_is_printed_with_its_digits_rounding_and_kind"
TASK = "tests/orders/test_duties.py::test_"
LABELS = "tests/orders/test_labels.py::test_"
RAISED = "tests/proceedings/test_raised_petitions.py::test_"
ASKED = "a_duty_asks_what_its_rule_names"
LEVELS = "a_petition_of_three_levels_goes_from_post_to_post"
#: field of a duty -> the test
TASKS = {
    "kind": "a_breach_is_raised_to_the_principal",
    "on": "as_b13_the_ticket_lies_on_the_older_orders_share",
    "when": "as_a16_where_it_must_not_bite",
    "from": "a_breach_is_raised_to_the_principal",
    "post": "as_a16_the_reply_waits_for_the_principals_instruction",
    "else": "a_vacant_post_never_stops_a_dispatch",
    "at": "where_a_duty_lies_and_how_long_is_its_rules_word",
    "allow": "where_a_duty_lies_and_how_long_is_its_rules_word",
    "office": "where_a_duty_lies_and_how_long_is_its_rules_word",
    "warn": "where_a_duty_lies_and_how_long_is_its_rules_word",
    "before": "as_a16_the_reply_waits_for_the_principals_instruction",
    "bars": "a_gate_may_bar_imports_too",
    "elements.title": ASKED,
    "elements.min_length": ASKED,
    "outcomes.code": ASKED,
    "outcomes.title": ASKED,
    "holds": "as_d21_d29_the_order_stands_with_the_mayor_and_contact_counts_from_his_signature",
    "ends_with": "as_b23_only_the_principals_own_contact_fulfils_it",
    "whoever": "whoever_does_the_same_meets_a_duty_that_says_so",
    "levels.post": LEVELS,
    "levels.at": LEVELS,
    "levels.allow": LEVELS,
}
MONTHLY, WEEKLY_DUTY, WATCHES = (f"tests/duties/test_{name}.py::test_" for name in ("monthly", "weekly", "watches"))
#: The same of a duty that comes round, and of a watch.
DUTIES = {
    "every": f"{MONTHLY}how_often_when_and_by_what_is_the_rules_word",
    "post": f"{MONTHLY}a06_nobody_elses_call_counts",
    "by": f"{WEEKLY_DUTY}others_may_do_it_where_the_rule_says_so",
    "among": f"{WEEKLY_DUTY}the_list_shows_who_owes_what_and_what_proves_it",
    "when": f"{MONTHLY}how_often_when_and_by_what_is_the_rules_word",
    "met_by": f"{MONTHLY}how_often_when_and_by_what_is_the_rules_word",
    "times": f"{MONTHLY}several_times_a_month_are_counted_over_runs",
    "each": "tests/acceptance/test_rows_zhoucun_handling.py::test_b14_each_promise_is_reviewed_every_month",
    "levels": "tests/proceedings/test_inspecting.py::test_c55_a_duty_may_be_met_by_some_levels_alone",
    "warn": f"{MONTHLY}the_holder_is_told_before_and_after",
    "late": f"{MONTHLY}a_call_of_the_month_that_is_recorded_later_is_marked_so",
}
WATCHED = {
    "from": f"{WATCHES}another_condition_watches_for_something_else",
    "when": f"{WATCHES}another_condition_watches_for_something_else",
    "proposes": f"{WATCHES}e05_what_was_moved_about_is_proposed_and_listed_by_a_person",
    "step": "tests/proceedings/test_rehandling.py::test_d24_which_call_back_strikes_off_is_the_packs",
}
SYSTEMS = "tests/desk/test_regulations.py::"
CALLED_IN = "test_c19_for_which_reasons_and_whether_only_of_a_gap_is_the_packs"
KNOWLEDGE = "tests/acceptance/test_jinan_knowledge.py::"
CHECKED = "tests/acceptance/test_jinan_quality.py::" + (
    "test_c32_must_not_bite_where_no_rule_asks_and_what_is_asked_is_the_packs"
)
OWN = "tests/acceptance/test_jinan_quality.py::" + (
    "test_which_figures_are_shown_is_the_packs_and_costs_the_same_however_many_there_are"
)
SHIFTS = "tests/acceptance/test_jinan_week.py::test_c27_which_rosters_and_how_long_is_the_rule_books_word"
CATALOGUE = "tests/desk/test_catalogue.py::"
HELD = "test_how_far_a_draft_is_held_against_the_past_and_how_long_an_objection_waits_is_the_packs"
LOOKS = "tests/desk/test_looks.py::"
RANKING = "tests/desk/test_morning.py::test_by_what_how_often_and_from_which_end_is_the_packs"
STAFFED = "tests/directory/test_staffing.py::"
AFFAIRS = "tests/proceedings/test_unit_affairs.py::"
ZHOUCUN = "tests/acceptance/test_rows_zhoucun_"
INTERIM = "tests/acceptance/test_jinan_feedback.py::test_c10_what_is_empty_how_long_and_how_new_it_must_be_is_the_packs"
REPORTS = "tests/acceptance/test_jinan_meetings.py::test_"
MET = f"{REPORTS}c47_which_meetings_there_are_and_what_is_minuted_is_the_packs"
TOLD_OF = f"{REPORTS}c48_what_is_reported_how_often_how_soon_and_to_whom_is_the_packs"
LADDER = f"{REPORTS}c40_c49_from_how_many_units_it_is_complex_and_when_it_is_answered_is_the_packs"
SIGHTS = "tests/orders/test_sights.py::"
POSTS = "tests/orders/test_posts.py::"
FLAGS = "tests/orders/test_flags.py::test_which_flags_there_are_is_the_packs"
SHOWN = f"{SIGHTS}test_what_a_reason_shows_is_the_packs_and_the_act_may_say_otherwise"
COMPLAINTS = "tests/orders/test_recusal.py::"
ACCOUNT = "tests/acceptance/test_jinan_account.py::test_c59_c61_the_limits_are_the_packs"
QUEUE = "tests/desk/test_queue_rows.py::test_"
HOLDS = "a_queue_of_the_pack_s_own_stands_where_it_says_and_holds_what_it_says"
BADGE = "what_is_worked_through_or_counted_is_in_the_badge"
#: field of a queue -> the test
QUEUES = {
    "code": HOLDS,
    "base": "of_shares_one_asks_for_unit_type_and_group_and_for_the_order",
    "posts": HOLDS,
    "when": "another_condition_is_another_queue",
    "worked": BADGE,
    "counted": BADGE,
    "first": "a_time_may_stand_before_the_due_time_and_costs_no_statement",
    "empty": HOLDS,
    "verbs": "the_verbs_of_a_row_stand_before_what_comes_by_itself",
    "needs": "a_queue_of_duties_comes_with_the_first_duty",
    "only": "a_list_that_is_meant_whole_leaves_nothing_of_the_base",
}
DOOR = f"{ACT}test_c02_what_is_left_empty_is_what_the_pack_says"
LINE = f"{WEEKLY}test_a_source_and_a_class_are_printed_as_their_rows_say"
NAMED = "tests/directory/test_named.py::"
UNITS = f"{NAMED}test_a_unit_takes_the_types_and_groups_of_the_pack"
THREE = "tests/acceptance/test_three_groups.py::"
REASONS = f"{THREE}test_the_pack_s_reasons_are_asked_told_and_listed"
LAYERS = f"{THREE}test_call_backs_are_of_the_pack_s_layers"
AREAS = f"{WEEKLY}test_each_group_has_a_sentence_of_its_own"
#: What every row has: whose rule it is, in whose words, and what it takes the place of.
ROW = {
    "id": f"{PACK}test_an_id_says_where_a_rule_comes_from_and_is_unique",
    "clause": f"{SAID}test_explain_prints_every_rule_with_its_words_and_whether_it_is_in_force",
    "origin": "tests/rules/test_packs.py::test_rows_without_words_say_where_they_come_from",
    "note": f"{SAID}test_explain_says_where_a_clause_is_held_and_what_gave_way",
    "replaces": f"{PACK}test_a_clock_replaces_the_clocks_that_it_names_and_no_others",
    "title": f"{SAID}test_explain_says_where_a_clause_is_held_and_what_gave_way",
}
INSPECTING = "tests/proceedings/test_inspecting.py::test_"
RECORDS = "c29_what_is_inspected_for_and_its_records_are_the_packs"
IN_PARTS = "c54_c57_in_turn_and_in_two_parts_where_the_pack_says_so"
APART = "c29_how_long_how_new_and_how_far_apart_is_the_packs"
#: field of the section of inspections -> the test
INSPECTED = {
    "units": "c29_which_units_inspect_is_the_packs",
    **{f"records.{name}": RECORDS for name in ("code", "title", "files", "issued")},
    **{f"types.{name}": RECORDS for name in ("code", "title", "records", "of_orders")},
    **{f"types.{name}": IN_PARTS for name in ("in_turn", "earlier", "told")},
    "within": "c29_until_when_it_is_concluded_is_the_packs",
    **dict.fromkeys(("apart", "least", "alike"), APART),
    **dict.fromkeys(("sample", "look_back", "redraws"), "c53_how_many_from_when_and_how_often_again_is_the_packs"),
}
ONLY = f"{PACK}test_every_list_may_be_meant_whole"

SETTINGS: dict[str, str] = {
    "document.slogan": f"{ACT}test_a38_c05_the_slogan_stands_on_the_slip",
    "document.copy_to": f"{WEEKLY}test_the_copies_are_the_packs",
    "registration.required": "tests/orders/test_required.py::test_c35_what_the_pack_requires_is_asked_for",
    "registration.dispatched": f"{ZHOUCUN}limits.py::test_b08_only_what_is_urgent_goes_past_the_dispatcher",
    "basis.allowed.code": BASES,
    "basis.allowed.title": BASES,
    "units.types.code": UNITS,
    "units.types.title": f"{NAMED}test_sheets_offer_and_take_the_pack_s_titles",
    "units.types.serves_as": f"{NAMED}test_the_centre_s_posts_stand_where_the_pack_says",
    "units.types.groups": UNITS,
    "units.groups.code": UNITS,
    "units.groups.title": UNITS,
    "units.staffing.posts": f"{STAFFED}test_b27_which_posts_are_asked_for_is_the_packs",
    "units.staffing.full_time": f"{STAFFED}test_d19_how_many_and_where_is_the_packs",
    "units.staffing.among": f"{STAFFED}test_d19_how_many_and_where_is_the_packs",
    "units.documents.kind": f"{AFFAIRS}test_b04_the_centre_sees_which_units_have_none",
    "units.documents.title": f"{AFFAIRS}test_b04_the_pack_says_of_which_units_and_what",
    "units.documents.among": f"{AFFAIRS}test_b04_the_pack_says_of_which_units_and_what",
    "posts.in_pairs": f"{DECIDE}test_whether_posts_are_held_by_two_is_the_packs",
    "posts.actions.action": f"{POSTS}test_a_pack_narrows_who_takes_an_action",
    "posts.actions.only": f"{POSTS}test_a_pack_narrows_who_takes_an_action",
    "posts.actions.also.post": f"{POSTS}test_a_pack_gives_one_post_of_another_unit_the_right_to_score",
    "posts.actions.also.unit": f"{POSTS}test_a_pack_gives_one_post_of_another_unit_the_right_to_score",
    "sight.reasons.code": SHOWN,
    "sight.reasons.title": SHOWN,
    "sight.reasons.what": SHOWN,
    "sight.reasons.caller": (
        f"{SIGHTS}test_the_caller_is_shown_only_where_the_pack_allows_it_and_the_act_gives_a_ground"
    ),
    "sight.recused_by": f"{COMPLAINTS}test_c64_who_names_and_who_takes_it_back_is_the_packs",
    "sight.recusal_lifted_by": f"{COMPLAINTS}test_c64_who_names_and_who_takes_it_back_is_the_packs",
    "caller.flags.code": FLAGS,
    "caller.flags.title": FLAGS,
    "chain.links": f"{LABELS}who_must_be_named_when_a_share_is_signed_off_is_the_packs",
    "chain.opinion": "tests/desk/test_sign_off.py::test_the_opinion_that_stands_there_is_the_packs",
    "office.hours": f"{DECIDE}test_office_hours_are_the_packs",
    "reply.elements.code": ELEMENTS,
    "reply.elements.title": ELEMENTS,
    "reply.elements.min_length": ELEMENTS,
    "reply.each_request": f"{DECIDE}test_whether_each_request_is_answered_is_the_packs",
    "reply.unit_audit": f"{DECIDE}test_whether_the_unit_audits_first_is_the_packs",
    "reply.explained": f"{ZHOUCUN}handling.py::test_b15_must_not_bite_under_a_rule_book_that_does_not_ask",
    "visit.people": f"{ZHOUCUN}handling.py::test_b12_what_a_visit_must_prove_is_the_packs",
    "visit.photographs": f"{ZHOUCUN}handling.py::test_b12_what_a_visit_must_prove_is_the_packs",
    "arrival.registered": f"{TEAMS}under_a_rule_book_that_does_not_ask_nobody_registers_it",
    "arrival.late": f"{TEAMS}how_late_is_added_later_and_how_exact_a_position_must_be_are_the_packs",
    "arrival.accuracy": f"{TEAMS}how_late_is_added_later_and_how_exact_a_position_must_be_are_the_packs",
    "arrival.datums": f"{TEAMS}a_telephone_s_datum_is_the_rule_book_s_word_and_where_it_may_be_two_both_must_fit",
    "analysis.least": "tests/proceedings/test_unit_analysis.py::test_b22_how_long_and_how_new_it_must_be_is_the_packs",
    "analysis.alike": "tests/proceedings/test_unit_analysis.py::test_b22_how_long_and_how_new_it_must_be_is_the_packs",
    "telling.events": "tests/telling/test_settings.py::test_what_is_told_is_the_packs",
    "telling.urgent": "tests/telling/test_settings.py::test_what_no_quiet_hour_holds_back_is_the_packs",
    "telling.urgent_orders": "tests/telling/test_settings.py::test_what_no_quiet_hour_holds_back_is_the_packs",
    "shifts.handed_over": SHIFTS,
    "shifts.accepted": SHIFTS,
    **dict.fromkeys(("interim.hollow", "interim.least", "interim.alike"), INTERIM),
    **{f"reports.meetings.{name}": MET for name in ("code", "title", "parts", "every", "from_report")},
    **dict.fromkeys(("reports.reasons.code", "reports.reasons.title", "reports.reasons.coordinate"), TOLD_OF),
    **dict.fromkeys(("reports.told", "reports.within", "reports.answer", "reports.every"), TOLD_OF),
    **dict.fromkeys(("reports.complex_from", "reports.instruct"), LADDER),
    "reports.least": MET,
    "reports.alike": f"{REPORTS}c47_how_alike_two_minutes_may_be_is_the_packs",
    "test_items.allowed": f"{MYSTERY}test_c56_other_rule_books_have_none",
    **dict.fromkeys(
        ("test_items.made_within", "test_items.named_within", "test_items.disclosed_within"),
        f"{MYSTERY}test_c56_the_times_are_the_packs",
    ),
    "contact.named_for": f"{ZHOUCUN}leaders.py::test_b23_of_whom_it_must_be_said_is_the_packs",
    "digests.copies.title": f"{ZHOUCUN}digest.py::test_b17_three_copies_each_to_one_leader_with_his_receipt",
    "digests.copies.unit": f"{ZHOUCUN}digest.py::test_b17_three_copies_each_to_one_leader_with_his_receipt",
    "digests.layers": f"{ZHOUCUN}digest.py::test_b16_what_counts_is_the_rule_books_word",
    "digests.defects": f"{ZHOUCUN}digest.py::test_b16_what_counts_is_the_rule_books_word",
    "digests.repeats": f"{ZHOUCUN}digest.py::test_b16_what_counts_is_the_rule_books_word",
    "digests.read_within": f"{ZHOUCUN}digest.py::test_b16_what_counts_is_the_rule_books_word",
    "petition.return.reasons.code": REASONS,
    "petition.return.reasons.title": REASONS,
    "petition.return.within": f"{DECIDE}test_until_when_a_return_may_be_asked_for_is_the_packs",
    "petition.return.max_times": f"{DECIDE}test_how_often_a_return_may_be_asked_for_is_the_packs",
    "petition.extension.at_most": EXTENSION,
    "petition.extension.max_times": EXTENSION,
    "petition.extension.before": EXTENSION,
    "petition.extension.late_decision": (
        "tests/orders/test_corrections.py::test_whose_lateness_it_is_that_an_extension_was_granted_late"
    ),
    **{f"inspection.{name}": f"{INSPECTING}{test}" for name, test in INSPECTED.items()},
    **dict.fromkeys(("quality.every", "quality.records", "quality.objection"), CHECKED),
    **dict.fromkeys(("quality.items.code", "quality.items.title"), CHECKED),
    "knowledge.named": f"{KNOWLEDGE}{CALLED_IN}",
    "knowledge.call_reasons.code": f"{KNOWLEDGE}{CALLED_IN}",
    "knowledge.call_reasons.title": f"{KNOWLEDGE}{CALLED_IN}",
    "knowledge.call_reasons.missing": f"{KNOWLEDGE}{CALLED_IN}",
    "catalogue.bases.code": f"{CATALOGUE}test_which_basis_a_row_stands_for_is_the_packs",
    "catalogue.bases.title": f"{CATALOGUE}test_how_long_a_basis_holds_is_the_packs",
    "catalogue.bases.basis": f"{CATALOGUE}test_which_basis_a_row_stands_for_is_the_packs",
    "catalogue.stale": f"{CATALOGUE}test_how_long_a_basis_holds_is_the_packs",
    "catalogue.objection": f"{CATALOGUE}{HELD}",
    "catalogue.look_back": f"{CATALOGUE}{HELD}",
    "closing.each_told": f"{DUAL}c21_must_not_bite_where_one_answered_or_the_pack_does_not_ask",
    "closing.mode": f"{DECIDE}test_whether_a_pass_closes_is_the_packs",
    "callback.layers.code": LAYERS,
    "callback.layers.title": LAYERS,
    "callback.layers.also": "tests/exchange/test_layers.py::test_a_layer_is_known_by_code_title_and_other_names",
    "callback.own_layer": f"{DECIDE}test_whose_call_back_is_our_own_is_the_packs",
    "callback.opinion": "tests/acceptance/test_jinan_feedback.py::test_c41_whether_an_opinion_is_asked_is_the_packs",
    "callback.leaders_count": f"{MONTHLY}a06_what_the_principal_is_told_counts_only_where_the_pack_says_so",
    "callback.assess_layer": f"{DECIDE}test_whose_call_backs_are_counted_is_the_packs",
    "callback.tries": f"{DECIDE}test_how_often_one_tries_is_the_packs",
    "callback.grades.code": GRADES,
    "callback.grades.title": GRADES,
    "callback.grades.satisfied": GRADES,
    "capacity.daily": f"{ACT}test_c13_more_than_the_capacity_is_said",
    **dict.fromkeys(("figures.own.post", "figures.own.of"), OWN),
    "figures.on_time": COUNTED,
    "figures.handled_roles": COUNTED,
    "figures.not_handled": COUNTED,
    "ranking.every": RANKING,
    "ranking.by.of": RANKING,
    "ranking.by.best": RANKING,
    "looking.office_posts": f"{LOOKS}test_which_posts_keep_office_hours_is_the_packs",
    "looking.usual": f"{LOOKS}test_far_more_than_usual_is_odd_and_says_what_is_usual",
    "looking.times": f"{LOOKS}test_far_more_than_usual_is_odd_and_says_what_is_usual",
    "looking.least": f"{LOOKS}test_far_more_than_usual_is_odd_and_says_what_is_usual",
    "looking.orders": f"{LOOKS}test_of_which_orders_a_look_is_odd_is_the_packs",
    "bulletin.weekly.title": PRINTED,
    "bulletin.weekly.issued_after": f"{WEEKLY}test_it_is_issued_so_long_after_its_week",
    "bulletin.weekly.issuer": PRINTED,
    "bulletin.weekly.printer": PRINTED,
    "bulletin.weekly.report_to": PRINTED,
    "bulletin.weekly.send_to": PRINTED,
    "bulletin.weekly.sections.code": PRINTED,
    "bulletin.weekly.sections.title": PRINTED,
    "bulletin.weekly.sections.parts": PRINTED,
    "bulletin.weekly.areas.group": AREAS,
    "bulletin.weekly.areas.title": AREAS,
    "bulletin.weekly.areas.top": AREAS,
    "bulletin.weekly.areas.share": AREAS,
    "bulletin.weekly.top_categories": PRINTED,
    "bulletin.weekly.subtopics.min_share": PRINTED,
    "bulletin.weekly.subtopics.max": PRINTED,
    "bulletin.weekly.class_share_min": PRINTED,
    "bulletin.weekly.change_base_from": PRINTED,
    "bulletin.weekly.order_by": PRINTED,
    "bulletin.weekly.annexes.group": ANNEX,
    "bulletin.weekly.annexes.title": PRINTED,
    "bulletin.weekly.annexes.note": PRINTED,
    "bulletin.weekly.annexes.columns.title": PRINTED,
    "bulletin.weekly.annexes.columns.of": ANNEX,
    "retention.orders": "tests/orders/test_erasure.py::test_when_its_time_is_over_and_not_before",
    "retention.proceedings": (
        "tests/proceedings/test_erasure.py::test_retention_proceedings_decides_when_the_words_go"
    ),
    **dict.fromkeys(("proceedings.triggers", "proceedings.confirmed_within"), ACCOUNT),
    **dict.fromkeys(("proceedings.corrected_within", "proceedings.published_within"), ACCOUNT),
    "proceedings.warn": ("tests/proceedings/test_settings.py::test_proceedings_warn_decides_when_the_warning_comes"),
    "queues.handed_out": f"{DUTY}test_the_packs_numbers_decide",
    "queues.off_duty_after": f"{DUTY}test_the_packs_numbers_decide",
    "queues.recently_closed": f"{DUTY}test_the_packs_days_decide_how_far_a_queue_looks_back",
    "queues.dissatisfied": f"{DUTY}test_the_packs_days_decide_how_far_a_queue_looks_back",
    # --- rows
    **{f"{table}.{name}": test for table in ROWS for name, test in ROW.items()},
    **{f"{table}.only": ONLY for table in ("ladder", "redirect", "source", "system", "duty", "watch", "label")},
    "clock.only": f"{PACK}test_a_list_of_clocks_is_that_of_their_kind",
    "class.only": f"{PACK}test_a_list_that_is_meant_whole_keeps_no_row_of_the_base",
    **{f"clock.{name}": CLOCK for name in ("kind", "on", "when", "from", "until", "office", "allow", "warn", "end")},
    "formula.name": f"{PACK}test_a_name_or_code_is_not_taken_over_in_silence",
    "formula.of": "tests/rules/test_packs.py::test_the_formulas_of_week_43",
    **{f"formula.{name}": FORMULA for name in ("digits", "rounding", "shown")},
    "formula.target": f"{ACT}test_d29_a_missed_target_is_red_and_said",
    **{
        f"ladder.{name}": WORDS_ONLY
        for name in ("every", "among", "rank_by", "take", "min_handled", "consequence.kind", "consequence.by")
    },
    **{f"task.{name}": TASK + test for name, test in TASKS.items()},
    "task.named": f"{LABELS}a_named_person_has_it_whatever_post_he_holds",
    "task.team": f"{TEAMS}whether_the_team_has_it_is_the_packs",
    "task.least": f"{LABELS}a_duty_may_have_a_part_of_another_limit",
    "task.after": "tests/orders/test_coming.py::test_when_a_duty_comes_is_its_rules_word",
    "task.falls_with": "tests/acceptance/test_jinan_told.py::test_c41_what_makes_a_duty_fall_is_the_packs",
    "task.not_handler": f"{LABELS}who_handled_it_may_not_do_what_another_must",
    **{f"label.{name}": f"{LABELS}which_labels_there_are_and_who_puts_them_on_is_the_packs" for name in ("code", "by")},
    "label.named": f"{LABELS}c37_whether_somebody_must_be_named_first_is_the_packs",
    "label.lifted_by": f"{LABELS}which_labels_there_are_and_who_puts_them_on_is_the_packs",
    **{f"duty.{name}": test for name, test in DUTIES.items()},
    **{f"watch.{name}": test for name, test in WATCHED.items()},
    **{
        f"petition_kind.{name}": "tests/orders/test_petitions.py::test_what_a_petition_asks_is_the_packs"
        for name in ("code", "reasons.code", "reasons.title", "evidence", "needs", "within", "max_times")
    },
    "petition_kind.grants": f"{RAISED}an_exclusion_takes_effect_with_the_answer",
    **{f"raising.{name}": f"{RAISED}raising_is_the_packs" for name in ("petition", "must", "allow")},
    **{f"queue.{name}": QUEUE + test for name, test in QUEUES.items()},
    "system.code": f"{SYSTEMS}test_d23_changing_the_table_changes_the_page",
    "system.text": f"{SYSTEMS}test_d23_changing_the_table_changes_the_page",
    "redirect.code": DOOR,
    "redirect.targets": DOOR,
    "redirect.say": DOOR,
    "redirect.immediate": f"{ACT}test_c04_only_who_is_put_through_at_once_needs_no_reason",
    "class.code": CODES,
    "class.printed": LINE,
    "class.covers": f"{ACT}test_c01_what_a_class_covers_stands_where_it_is_chosen",
    "source.code": CODES,
    "source.title": LINE,
    "source.upstream": f"{DECIDE}test_what_another_platform_sent_need_not_be_complete",
    "source.print_zero": LINE,
    "source.number": f"{DUAL}c06_a_line_keeps_its_number_and_its_orders",
    "source.mode": f"{DUAL}c06_a_line_that_was_cancelled_takes_no_more",
    "source.until": f"{DUAL}c06_a_line_that_was_cancelled_takes_no_more",
    "source.unit": f"{DUAL}c06_the_line_of_a_sub_centre_proposes_that_sub_centre",
    "source.posts": f"{DUAL}c22_must_not_bite_where_no_source_is_theirs",
    "rule.sets": "tests/test_serving.py::test_a_pack_cannot_say_it_of_itself",
    "rule.held_by": f"{SAID}test_explain_says_where_a_clause_is_held_and_what_gave_way",
}


def leaves(model: type[BaseModel], above: str = "") -> Iterator[str]:
    """The dotted path of each field, as a pack writes it; of lists, that of their entries."""
    for name, info in model.model_fields.items():
        path = f"{above}{info.alias or name}"
        kinds = (info.annotation, *get_args(info.annotation))
        inner = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if inner:
            yield from leaves(inner[0], f"{path}.")
        else:
            yield path


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_each_setting_names_a_test_and_each_line_a_setting() -> None:
    there = {*leaves(Settings), *(leaf for table, model in ROWS.items() for leaf in leaves(model, f"{table}."))}
    assert SETTINGS.keys() == there


def test_the_tests_exist_and_speak_of_the_setting() -> None:
    wrong = []
    for setting, named in SETTINGS.items():
        path, _, test = named.partition("::")
        if test not in names_in(path):
            wrong.append(f"{setting}: {named} does not exist")
        elif named != WORDS_ONLY and not _speaks(setting, (ROOT / path).read_text("utf-8")):
            wrong.append(f"{setting}: {path} does not speak of it")
    assert not wrong, "\n".join(wrong)


def _speaks(setting: str, text: str) -> bool:
    """A test of words shown to people need not name the field that they come from."""
    last = setting.rpartition(".")[2]
    return last in text or last in ROW or setting in ("rule.held_by", "petition.extension.late_decision")
