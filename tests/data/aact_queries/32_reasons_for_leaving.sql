SELECT reason, sum(count) AS participants,
       sum(count) / sum(sum(count)) OVER () AS share,
       json_object_agg(ctgov_group_code, count)
FROM ctgov.drop_withdrawals
WHERE nct_id = 'NCT91000001'
GROUP BY reason
UNION ALL
SELECT reason, sum(count), NULL, json_build_object('comment', max(drop_withdraw_comment), 'groups', count(*))
FROM ctgov.drop_withdrawals
WHERE nct_id <> 'NCT91000001'
GROUP BY reason
ORDER BY participants DESC, reason;
