#include "tests/crash_states/disk_model.h"

#include <algorithm>
#include <utility>

namespace loam::test {
namespace {

using fault_fs::Effect;
using fault_fs::Random;

constexpr std::size_t kPage = 4096;
constexpr std::size_t kSector = 512;

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

std::string padded(std::string bytes, std::size_t size) {
  if (bytes.size() < size) bytes.resize(size, '\0');
  return bytes;
}

/// Any of the units behind `from`; the others are zeros.
std::string with_holes(const std::string& written, std::size_t from, std::size_t unit,
                       Random& random) {
  std::string left = written;
  for (std::size_t at = from; at < left.size();) {
    const std::size_t end = std::min((at / unit + 1) * unit, left.size());
    if (random.coin()) left.replace(at, end - at, end - at, '\0');
    at = end;
  }
  return left;
}

void add_unless_known(std::vector<std::string>& all, std::string one) {
  if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(std::move(one));
}

}  // namespace

void DiskModel::apply(const Effect& effect) {
  File& file = files_[effect.file];
  switch (effect.kind) {
    case Effect::Kind::kMadeFile:
    case Effect::Kind::kMadeDirectory:
      file.is_directory = effect.kind == Effect::Kind::kMadeDirectory;
      file.is_information = effect.path.ends_with("/LOG");
      if (file.is_directory) directories_[effect.file] = effect.path;
      [[fallthrough]];
    case Effect::Kind::kLinked:
      pending_.push_back(
          {{effect.path, effect.file, std::exchange(names_[effect.path], effect.file)}});
      return;
    case Effect::Kind::kRemoved:
      pending_.push_back({{effect.path, 0, std::exchange(names_[effect.path], 0)}});
      return;
    case Effect::Kind::kRenamed: return rename(effect);
    case Effect::Kind::kDirectorySynced: return sync_names(directories_[effect.file]);
    case Effect::Kind::kEmptied:
      file.current.clear();
      file.ends.clear();
      file.clean_size = 0;
      file.is_replaced = true;
      return;
    case Effect::Kind::kAppended:
      file.current += effect.bytes;
      file.ends.push_back(file.current.size());
      return;
    case Effect::Kind::kReserved: file.allocated = effect.size; return;
    case Effect::Kind::kSynced:
      file.durable = file.current;
      file.clean_size = file.current.size();
      file.ends.clear();
      file.is_replaced = false;
      return;
    default: return;  // nothing that a recording on an empty disk without failures changes by
  }
}

void DiskModel::rename(const Effect& effect) {
  const std::uint64_t file = names_[effect.path];
  Change change;
  change.push_back({effect.to, file, std::exchange(names_[effect.to], file)});
  change.push_back({effect.path, 0, std::exchange(names_[effect.path], 0)});
  pending_.push_back(std::move(change));
}

/// The names in it are durable as they are now.
void DiskModel::sync_names(const std::string& directory) {
  for (Change& change : pending_) {
    std::erase_if(change, [&](const Edit& edit) {
      if (parent_of(edit.path) != directory) return false;
      durable_names_[edit.path] = edit.file;
      return true;
    });
  }
  std::erase_if(pending_, [](const Change& change) { return change.empty(); });
}

std::vector<std::string> DiskModel::answers_for(const File& file, const Bounds& bounds,
                                                Random& random) {
  const std::string& all = file.current;
  std::vector<std::string> answers{file.durable};
  add_unless_known(answers, all);
  if (file.is_replaced) add_unless_known(answers, "");
  std::size_t begin = file.clean_size;
  for (const std::size_t end : file.ends) {
    add_unless_known(answers, all.substr(0, end));
    add_unless_known(answers, all.substr(0, begin + (end - begin) / 2));  // torn within an append
    if (!bounds.in_order) {  // this one alone is missing
      std::string hole = all;
      add_unless_known(answers, hole.replace(begin, end - begin, end - begin, '\0'));
    }
    begin = end;
  }
  if (bounds.in_order) return answers;
  for (const std::size_t unit : {kPage, kSector}) {
    add_unless_known(answers, with_holes(all, file.clean_size, unit, random));
  }
  add_unless_known(answers, padded(all.substr(0, file.clean_size), all.size()));
  if (file.allocated > all.size()) {
    add_unless_known(answers, padded(all, file.allocated));
    add_unless_known(answers, padded(file.durable, file.allocated));
  }
  return answers;
}

/// All or nothing of the names, or the first so many, each with all or nothing of the bytes; then
/// everything but one, and nothing but one.
std::vector<DiskModel::Choice> DiskModel::extremes(const std::vector<std::size_t>& counts) const {
  std::vector<Choice> all;
  const std::size_t changes = pending_.size();
  for (const bool keeps_bytes : {false, true}) {
    for (std::size_t prefix = 0; prefix <= changes; ++prefix) {
      Choice choice(counts.size(), keeps_bytes ? 1 : 0);
      for (std::size_t i = 0; i < changes; ++i) choice[i] = i < prefix ? counts[i] - 1 : 0;
      all.push_back(std::move(choice));
    }
  }
  for (std::size_t one = 0; one < counts.size(); ++one) {
    for (const bool keeps : {false, true}) {
      Choice choice(counts.size());
      for (std::size_t i = 0; i < counts.size(); ++i) {
        const std::size_t whole = i < changes ? counts[i] - 1 : 1;
        choice[i] = (i == one) == keeps ? whole : 0;
      }
      all.push_back(std::move(choice));
    }
  }
  return all;
}

Image DiskModel::image_of(const Choice& choice, const std::vector<Question>& questions) const {
  std::map<std::string, std::uint64_t> names = durable_names_;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    for (std::size_t e = 0; e < pending_[i].size(); ++e) {
      const Edit& edit = pending_[i][e];
      if ((choice[i] >> e & 1) == 0) continue;
      std::uint64_t& there = names[edit.path];
      if (edit.file != 0) there = edit.file;
      if (edit.file == 0 && there == edit.old) there = 0;
    }
  }
  std::map<std::uint64_t, const std::string*> bytes;
  for (std::size_t q = 0; q < questions.size(); ++q) {
    bytes[questions[q].file] = &questions[q].answers[choice[pending_.size() + q]];
  }
  Image image;
  for (const auto& [path, id] : names) {  // a directory before what lies in it
    const std::string parent = parent_of(path);
    if (id == 0 || (!parent.empty() && !image.contains(parent))) continue;
    const File& file = files_.at(id);
    const auto asked = bytes.find(id);
    const std::string& contents = asked == bytes.end() ? file.durable : *asked->second;
    image[path] = file.is_directory ? std::nullopt : std::optional<std::string>(contents);
  }
  return image;
}

bool DiskModel::each_state(const Bounds& bounds, std::uint64_t seed,
                           const std::function<void(const Image&)>& visit) const {
  Random random(seed);
  std::vector<std::size_t> counts;  // answers to each question
  for (const Change& change : pending_) counts.push_back(std::size_t{1} << change.size());
  std::vector<Question> questions;
  for (const auto& [id, file] : files_) {
    if (file.current == file.durable && !file.is_replaced &&
        file.allocated <= file.current.size()) {
      continue;
    }
    if (file.is_information) continue;
    Question question{id, answers_for(file, bounds, random)};
    if (question.answers.size() < 2) continue;
    counts.push_back(question.answers.size());
    questions.push_back(std::move(question));
  }
  std::size_t total = 1;
  for (const std::size_t count : counts) total = std::min(total * count, bounds.states_max + 1);
  if (total <= bounds.states_max) {
    for (std::size_t number = 0; number < total; ++number) {
      Choice choice;
      std::size_t rest = number;
      for (const std::size_t count : counts) {
        choice.push_back(rest % count);
        rest /= count;
      }
      visit(image_of(choice, questions));
    }
    return true;
  }
  for (const Choice& choice : extremes(counts)) visit(image_of(choice, questions));
  for (std::size_t i = 0; i < bounds.states_max; ++i) {
    Choice choice;
    for (const std::size_t count : counts) choice.push_back(random.below(count));
    visit(image_of(choice, questions));
  }
  return false;
}

}  // namespace loam::test
