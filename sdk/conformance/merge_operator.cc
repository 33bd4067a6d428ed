#include "sdk/conformance/merge_operator.h"

#include <atomic>
#include <thread>

namespace loam::conformance {
namespace {

struct Answer {
  loam_status status = LOAM_INTERNAL;
  std::string out;
  std::string error;
  [[nodiscard]] bool ok() const { return status == LOAM_OK; }
  bool operator==(const Answer&) const = default;
};
using Texts = std::vector<std::string>;

loam_status append_text(loam_sink* sink, loam_slice bytes) noexcept {
  try {
    static_cast<std::string*>(sink->state)->append(bytes.data, bytes.size);
    return LOAM_OK;
  } catch (...) {
    return LOAM_NO_MEMORY;
  }
}

class Subject {
 public:
  Subject(const loam_merge_operator_v1& table, void* self) : table_(table), self_(self) {}
  [[nodiscard]] bool joins() const { return table_.partial_merge != nullptr; }

  [[nodiscard]] Answer full(const std::string* base, const Texts& operands) const {
    return call(
        [&](const loam_slice* all, loam_sink* sink, loam_error* error) {
          const loam_slice there =
              base == nullptr ? loam_slice{} : loam_slice{base->data(), base->size()};
          return table_.full_merge(self_, {"key", 3}, base == nullptr ? nullptr : &there, all,
                                   operands.size(), sink, error);
        },
        operands);
  }
  [[nodiscard]] Answer partial(const Texts& operands) const {
    return call(
        [&](const loam_slice* all, loam_sink* sink, loam_error* error) {
          return table_.partial_merge(self_, {"key", 3}, all, operands.size(), sink, error);
        },
        operands);
  }

 private:
  template <class F>
  static Answer call(const F& merge, const Texts& operands) {
    std::vector<loam_slice> slices;
    for (const std::string& operand : operands) slices.push_back({operand.data(), operand.size()});
    Answer answer;
    loam_sink sink{sizeof(loam_sink), 0, &answer.out, &append_text};
    loam_error error = fresh_error();
    answer.status = merge(slices.data(), &sink, &error);
    if (!answer.ok()) answer.error = words(error);
    return answer;
  }

  const loam_merge_operator_v1& table_;
  void* self_;
};

/// Operands of every sort: numbers as text and as bytes, empty ones, noise; mostly of one size, so
/// that operators that want a size get it.
Texts operands_of(Random& random) {
  Texts operands(2 + random.below(5));
  const std::size_t sort = random.below(4);
  for (std::string& operand : operands) {
    if (sort == 0) operand = random.bytes(8);
    if (sort == 1) operand = std::to_string(random.below(1'000'000));
    if (sort == 2) operand = random.bytes(random.below(20));
    if (sort == 3) operand = random.below(4) == 0 ? std::string() : random.bytes(8);
  }
  return operands;
}

void expect_lawful(LawCheck& law, const Answer& answer) {
  const bool known = answer.status == LOAM_OK || answer.status == LOAM_CORRUPTION ||
                     answer.status == LOAM_INVALID_ARGUMENT || answer.status == LOAM_NOT_SUPPORTED;
  law.expect(known, "expected OK, CORRUPTION, INVALID_ARGUMENT or NOT_SUPPORTED, found status " +
                        std::to_string(answer.status) + ", " + answer.error);
  law.expect(answer.ok() || answer.error != "no details", "an operand refused without a word");
}

/// Joining some operands in a row first changes no value: neither the result nor whether there is
/// one. NOT_SUPPORTED from partial_merge is an answer: the operands stay apart.
void expect_grouping_harmless(LawCheck& law, const Subject& merge, const std::string* base,
                              const Texts& operands) {
  const Answer whole = merge.full(base, operands);
  for (std::size_t from = 0; from + 2 <= operands.size(); ++from) {
    for (std::size_t to = from + 2; to <= operands.size(); ++to) {
      const auto first = operands.begin() + static_cast<std::ptrdiff_t>(from);
      const auto last = operands.begin() + static_cast<std::ptrdiff_t>(to);
      const Answer joined = merge.partial(Texts(first, last));
      expect_lawful(law, joined);
      if (!joined.ok()) continue;
      Texts grouped(operands.begin(), first);
      grouped.push_back(joined.out);
      grouped.insert(grouped.end(), last, operands.end());
      const Answer regrouped = merge.full(base, grouped);
      law.expect(regrouped.ok() == whole.ok() && regrouped.out == whole.out,
                 "operands " + std::to_string(from) + " to " + std::to_string(to) +
                     " joined first: expected " + shown(whole.out) + ", found " +
                     shown(regrouped.out));
    }
  }
}

/// The answers to many merges: the same whenever and wherever they are asked.
std::vector<Answer> many_answers(const Subject& merge) {
  Random random(23);
  std::vector<Answer> answers;
  for (int i = 0; i < 200; ++i) {
    const Texts operands = operands_of(random);
    const std::string base = i % 2 == 0 ? random.bytes(8) : std::to_string(i);
    answers.push_back(merge.full(i % 3 == 0 ? nullptr : &base, operands));
    if (merge.joins()) answers.push_back(merge.partial(operands));
  }
  return answers;
}

Finding partial_equals_full(const Subject& merge) {
  LawCheck law("partial_equals_full");
  if (!merge.joins()) return law.take();
  Random random(29);
  for (int i = 0; i < 200 && law.ok(); ++i) {
    const Texts operands = operands_of(random);
    const std::string base = random.bytes(8);
    expect_grouping_harmless(law, merge, i % 3 == 0 ? nullptr : &base, operands);
  }
  return law.take();
}

}  // namespace

Findings merge_operator_laws(const loam_merge_operator_v1& table, void* self) {
  const Subject merge(table, self);
  const std::vector<Answer> first = many_answers(merge);
  LawCheck errors("errors_are_words");
  for (const Answer& answer : first) expect_lawful(errors, answer);
  LawCheck stable("stable");
  stable.expect(many_answers(merge) == first, "the same operands give another value");
  LawCheck threads("threads");
  std::atomic<int> bad = 0;
  std::vector<std::thread> all;
  for (int t = 0; t < 4; ++t) {
    all.emplace_back([&] { bad += many_answers(merge) == first ? 0 : 1; });
  }
  for (std::thread& thread : all) thread.join();
  threads.expect(bad == 0, "four threads at once get other values than one");
  return {errors.take(), stable.take(), partial_equals_full(merge), threads.take()};
}

}  // namespace loam::conformance
