#include "sdk/conformance/compaction_filter.h"

#include <atomic>
#include <thread>

namespace loam::conformance {
namespace {

constexpr std::uint64_t kNowUs = 1'700'000'000'000'000;

struct Answer {
  loam_status status = LOAM_INTERNAL;
  std::int32_t decision = LOAM_DECISION_KEEP;
  std::string out;
  std::string error;
  bool operator==(const Answer&) const = default;
};

struct Entry {
  std::string key;
  std::string value;
};

loam_status append_text(loam_sink* sink, loam_slice bytes) noexcept {
  try {
    static_cast<std::string*>(sink->state)->append(bytes.data, bytes.size);
    return LOAM_OK;
  } catch (...) {
    return LOAM_NO_MEMORY;
  }
}

/// Ascending keys with values of every sort: empty, short, numbers in either byte order, noise.
std::vector<Entry> sample_entries() {
  Random random(17);
  std::vector<Entry> entries;
  for (int i = 0; i < 400; ++i) {
    std::string number = std::to_string(i);
    number.insert(0, 6 - number.size(), '0');
    std::string value = random.bytes(random.below(40));
    if (i % 5 == 0) value.clear();
    if (i % 7 == 0) value = "value of key " + number;
    if (i % 11 == 0) value.insert(0, std::string(8, i % 2 == 0 ? '\0' : '\xff'));
    entries.push_back({"key" + number, value});
  }
  return entries;
}

/// One whole job over the entries.
std::vector<Answer> run_job(const loam_compaction_filter_v1& table, void* self,
                            const std::vector<Entry>& entries, std::uint32_t flags) {
  loam_compaction_info info{};
  info.struct_size = sizeof info;
  info.output_level = 2;
  info.flags = flags;
  info.oldest_snapshot = UINT64_MAX;
  info.now_us = kNowUs;
  info.job = 1;
  loam_error error = fresh_error();
  void* job = nullptr;
  const loam_status made = table.job_create(self, &info, &job, &error);
  if (made != LOAM_OK) return {Answer{made, 0, {}, "job_create: " + words(error)}};
  std::vector<Answer> answers;
  for (const Entry& e : entries) {
    loam_compaction_entry entry{};
    entry.struct_size = sizeof entry;
    entry.kind = LOAM_ENTRY_PUT;
    entry.sequence = answers.size() + 1;
    entry.level = 1;
    entry.key = {e.key.data(), e.key.size()};
    entry.value = {e.value.data(), e.value.size()};
    Answer& a = answers.emplace_back();
    loam_sink sink{sizeof(loam_sink), 0, &a.out, &append_text};
    loam_error why = fresh_error();
    a.status = table.decide(self, job, &entry, &sink, &a.decision, &why);
    if (a.status != LOAM_OK) a.error = words(why);
  }
  table.job_destroy(self, job);
  return answers;
}

Finding known_decisions(const std::vector<Entry>& entries, const std::vector<Answer>& answers) {
  LawCheck law("known_decisions");
  law.expect(answers.size() == entries.size(), answers.front().error);
  for (std::size_t i = 0; i < answers.size() && law.ok(); ++i) {
    const Answer& a = answers[i];
    if (a.status != LOAM_OK) continue;
    const std::string what = "for " + shown(entries[i].key) + ": ";
    law.expect(a.decision >= LOAM_DECISION_KEEP && a.decision <= LOAM_DECISION_REMOVE_SKIP_UNTIL,
               what + "unknown decision " + std::to_string(a.decision));
    law.expect(a.decision >= LOAM_DECISION_CHANGE || a.out.empty(),
               what + "output with a decision that has none");
    law.expect(a.decision != LOAM_DECISION_REMOVE_SKIP_UNTIL || a.out != entries[i].key,
               what + "skips to the same key");
  }
  return law.take();
}

/// A filter may say that it cannot read a value (CORRUPTION, INVALID_ARGUMENT) but says why.
Finding hostile_values(const std::vector<Entry>& entries, const std::vector<Answer>& answers) {
  LawCheck law("hostile_values");
  for (std::size_t i = 0; i < answers.size() && i < entries.size(); ++i) {
    const Answer& a = answers[i];
    const bool lawful =
        a.status == LOAM_OK || a.status == LOAM_CORRUPTION || a.status == LOAM_INVALID_ARGUMENT;
    law.expect(lawful, "value " + shown(entries[i].value) + ": status " + std::to_string(a.status) +
                           ", " + a.error);
    law.expect(a.status == LOAM_OK || a.error != "no details",
               "value " + shown(entries[i].value) + ": refused without a word");
  }
  return law.take();
}

}  // namespace

Findings compaction_filter_laws(const loam_compaction_filter_v1& table, void* self) {
  const std::vector<Entry> entries = sample_entries();
  const std::vector<Answer> first = run_job(table, self, entries, LOAM_COMPACTION_BOTTOMMOST);
  Findings findings = {known_decisions(entries, first), hostile_values(entries, first)};
  LawCheck stable("stable");
  stable.expect(run_job(table, self, entries, LOAM_COMPACTION_BOTTOMMOST) == first,
                "the same job twice, at the same time of the host, decides differently");
  findings.push_back(stable.take());
  LawCheck threads("threads");
  std::atomic<int> bad = 0;
  std::vector<std::thread> all;
  for (int t = 0; t < 4; ++t) {
    all.emplace_back([&] {
      if (run_job(table, self, entries, LOAM_COMPACTION_BOTTOMMOST) != first) ++bad;
    });
  }
  for (std::thread& thread : all) thread.join();
  threads.expect(bad == 0, "four jobs at once decide differently from one");
  findings.push_back(threads.take());
  return findings;
}

}  // namespace loam::conformance
